(* Enclosures of real numbers, vectors and matrices by intervals of floats. *)
From Coq Require Export Reals ZArith List Bool.
From Coq Require Import Lia Lra.
From Flocq Require Export Core.Zaux.
From Interval Require Export Real.Xreal Float.Basic Float.Sig Interval.Interval Interval.Float_full.
From ropeproof Require Export OneHead.
Export ListNotations.
Open Scope R_scope.

Module Intervals (F : FloatOps with Definition radix := radix2
                                with Definition sensible_format := true).
Module I := FloatIntervalFull F.

Section Precision.
Variable prec : F.precision.

(* interval i holds x *)
Definition In (i : I.type) (x : R) : Prop := contains (I.convert i) (Xreal x).

Lemma In_nai x : In I.nai x.
Proof. unfold In. rewrite I.nai_correct. exact Logic.I. Qed.
Lemma In_any i x : contains (I.convert i) Xnan -> In i x.
Proof. unfold In. destruct (I.convert i); [trivial|intros []]. Qed.
Lemma In_add a b x y : In a x -> In b y -> In (I.add prec a b) (x + y).
Proof. exact (I.add_correct prec a b (Xreal x) (Xreal y)). Qed.
Lemma In_sub a b x y : In a x -> In b y -> In (I.sub prec a b) (x - y).
Proof. exact (I.sub_correct prec a b (Xreal x) (Xreal y)). Qed.
Lemma In_mul a b x y : In a x -> In b y -> In (I.mul prec a b) (x * y).
Proof. exact (I.mul_correct prec a b (Xreal x) (Xreal y)). Qed.
Lemma In_div a b x y : In a x -> In b y -> In (I.div prec a b) (x / y).
Proof.
  intros H G. pose proof (I.div_correct prec a b (Xreal x) (Xreal y) H G) as E.
  cbn in E. unfold Xdiv' in E. destruct (is_zero y); [now apply In_any|exact E].
Qed.
Lemma In_sqrt a x : In a x -> In (I.sqrt prec a) (sqrt x).
Proof. exact (I.sqrt_correct prec a (Xreal x)). Qed.
Lemma In_exp a x : In a x -> In (I.exp prec a) (exp x).
Proof. exact (I.exp_correct prec a (Xreal x)). Qed.
Lemma In_cos a x : In a x -> In (I.cos prec a) (cos x).
Proof. exact (I.cos_correct prec a (Xreal x)). Qed.
Lemma In_sin a x : In a x -> In (I.sin prec a) (sin x).
Proof. exact (I.sin_correct prec a (Xreal x)). Qed.
Lemma In_ln a x : In a x -> In (I.ln prec a) (ln x).
Proof.
  intros H. pose proof (I.ln_correct prec a (Xreal x) H) as E.
  cbn in E. unfold Xln' in E. destruct (is_positive x); [exact E|now apply In_any].
Qed.
Lemma In_neg a x : In a x -> In (I.neg a) (- x).
Proof. exact (I.neg_correct a (Xreal x)). Qed.
Lemma In_abs a x : In a x -> In (I.abs a) (Rabs x).
Proof. exact (I.abs_correct a (Xreal x)). Qed.
Lemma In_Z z : In (I.fromZ prec z) (IZR z).
Proof. exact (I.fromZ_correct prec z). Qed.
Lemma In_pi : In (I.pi prec) PI.
Proof. exact (I.pi_correct prec). Qed.
Lemma In_zero : In I.zero 0.
Proof. unfold In. rewrite I.zero_correct. cbn. lra. Qed.

Definition natural (n : nat) : I.type := I.fromZ prec (Z.of_nat n).
Lemma In_natural n : In (natural n) (INR n).
Proof. rewrite INR_IZR_INZ. apply In_Z. Qed.

Definition positive (i : I.type) : bool := match I.sign_strict i with Xgt => true | _ => false end.
Definition nonneg (i : I.type) : bool := match I.sign_large i with Xgt => true | _ => false end.

Lemma positive_correct i x : positive i = true -> In i x -> 0 < x.
Proof.
  unfold positive. pose proof (I.sign_strict_correct i) as H.
  destruct (I.sign_strict i); try discriminate. intros _ G. now apply H in G.
Qed.
Lemma nonneg_correct i x : nonneg i = true -> In i x -> 0 <= x.
Proof.
  unfold nonneg. pose proof (I.sign_large_correct i) as H.
  destruct (I.sign_large i); try discriminate. intros _ G. now apply H in G.
Qed.

(* ---- vectors and matrices: whatever is out of range holds everything *)
Definition at1 (v : list I.type) (i : nat) : I.type := nth i v I.nai.
Definition vec (v : list I.type) (f : nat -> R) : Prop := forall i, In (at1 v i) (f i).
Definition row (A : list (list I.type)) (i : nat) : list I.type := nth i A [].
Definition mat (A : list (list I.type)) (f : nat -> nat -> R) : Prop := forall i, vec (row A i) (f i).

Lemma vec_nil f : vec [] f.
Proof. intros [|i]; apply In_nai. Qed.
Lemma vec_tail a v f : vec (a :: v) f -> In a (f O) /\ vec v (fun i => f (S i)).
Proof. intros H. split; [exact (H O)|intros i; exact (H (S i))]. Qed.
Lemma vec_ext v f g : (forall i, f i = g i) -> vec v f -> vec v g.
Proof. intros E H i. rewrite <- E. apply H. Qed.
Lemma mat_ext v f g : (forall i j, f i j = g i j) -> mat v f -> mat v g.
Proof. intros E H i j. rewrite <- E. apply H. Qed.

Lemma vec_map (h : I.type -> I.type) (k : R -> R) v f :
  (forall a x, In a x -> In (h a) (k x)) -> vec v f -> vec (map h v) (fun i => k (f i)).
Proof.
  intros Hh. revert f. induction v as [|a v IH]; intros f H; [apply vec_nil|].
  apply vec_tail in H. destruct H as [H0 H]. intros [|i]; [now apply Hh|].
  exact (IH (fun i => f (S i)) H i).
Qed.

Lemma at1_map {A} (g : A -> I.type) (l : list A) d i :
  at1 (map g l) i = if (i <? length l)%nat then g (nth i l d) else I.nai.
Proof. unfold at1. revert i. induction l as [|a l IH]; intros [|i]; cbn; try reflexivity. apply IH. Qed.
Lemma row_map {A} (g : A -> list I.type) (l : list A) d i :
  row (map g l) i = if (i <? length l)%nat then g (nth i l d) else [].
Proof. unfold row. revert i. induction l as [|a l IH]; intros [|i]; cbn; try reflexivity. apply IH. Qed.

(* a vector, or a matrix, that is made of the entries of a list *)
Lemma vec_of {A} (g : A -> I.type) (l : list A) d (f : nat -> R) :
  (forall i, (i < length l)%nat -> In (g (nth i l d)) (f i)) -> vec (map g l) f.
Proof.
  intros H i. rewrite (at1_map g l d i).
  destruct (Nat.ltb_spec i (length l)); [now apply H|apply In_nai].
Qed.
Lemma mat_of {A} (g : A -> list I.type) (l : list A) d (f : nat -> nat -> R) :
  (forall i, (i < length l)%nat -> vec (g (nth i l d)) (f i)) -> mat (map g l) f.
Proof.
  intros H i. rewrite (row_map g l d i).
  destruct (Nat.ltb_spec i (length l)); [now apply H|apply vec_nil].
Qed.
Lemma mat_rows (h : list I.type -> list I.type) (k : nat -> nat -> R) A a :
  (forall v i, vec v (a i) -> vec (h v) (k i)) -> mat A a -> mat (map h A) k.
Proof. intros H G. apply (mat_of h A []). intros i _. apply H, G. Qed.

(* a vector, or a matrix, from its entries 0 to n - 1 *)
Definition table {A} (n : nat) (g : nat -> A) : list A := map g (seq 0 n).
Lemma vec_table n g f : (forall i, (i < n)%nat -> In (g i) (f i)) -> vec (table n g) f.
Proof.
  intros H. apply (vec_of g (seq 0 n) O). intros i Hi. rewrite seq_length in Hi.
  rewrite seq_nth by exact Hi. now apply H.
Qed.
Lemma mat_table n g f : (forall i, (i < n)%nat -> vec (g i) (f i)) -> mat (table n g) f.
Proof.
  intros H. apply (mat_of g (seq 0 n) O). intros i Hi. rewrite seq_length in Hi.
  rewrite seq_nth by exact Hi. now apply H.
Qed.

Fixpoint total (n : nat) (v : list I.type) : I.type :=
  match n, v with
  | O, _ => I.zero
  | S k, a :: v => I.add prec a (total k v)
  | _, _ => I.nai
  end.
Lemma In_total n v f : vec v f -> In (total n v) (sum n f).
Proof.
  revert v f. induction n as [|n IH]; intros v f H; [destruct v; apply In_zero|].
  destruct v; [apply In_nai|]. apply vec_tail in H. destruct H. cbn. apply In_add; auto.
Qed.

Fixpoint inner (n : nat) (v w : list I.type) : I.type :=
  match n, v, w with
  | O, _, _ => I.zero
  | S k, a :: v, b :: w => I.add prec (I.mul prec a b) (inner k v w)
  | _, _, _ => I.nai
  end.
Lemma In_inner n v w f g : vec v f -> vec w g -> In (inner n v w) (dot n f g).
Proof.
  unfold dot. revert v w f g. induction n as [|n IH]; intros v w f g H G; [apply In_zero|].
  destruct v; [apply In_nai|]. destruct w; [apply In_nai|].
  apply vec_tail in H, G. destruct H, G. cbn. apply In_add; [now apply In_mul|].
  now apply (IH v w (fun i => f (S i)) (fun i => g (S i))).
Qed.

Fixpoint zip {A B C} (h : A -> B -> C) (v : list A) (w : list B) : list C :=
  match v, w with
  | a :: v, b :: w => h a b :: zip h v w
  | _, _ => []
  end.
Lemma vec_zip h k v w f g : (forall a b x y, In a x -> In b y -> In (h a b) (k x y)) ->
  vec v f -> vec w g -> vec (zip h v w) (fun i => k (f i) (g i)).
Proof.
  intros Hh. revert w f g. induction v as [|a v IH]; intros w f g H G; [apply vec_nil|].
  destruct w; [apply vec_nil|]. apply vec_tail in H, G. destruct H, G.
  intros [|i]; [now apply Hh|]. now apply (IH w (fun i => f (S i)) (fun i => g (S i))).
Qed.
Definition plus : list I.type -> list I.type -> list I.type := zip (I.add prec).
Lemma vec_plus v w f g : vec v f -> vec w g -> vec (plus v w) (fun i => f i + g i).
Proof. apply vec_zip. exact In_add. Qed.
End Precision.
End Intervals.
