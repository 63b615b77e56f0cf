(* What shows that an answer wins: its sum over positions, with a lower bound of the norm where the
   answer has the greater bias, and an upper bound where it has not. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export OneHead.

(* the sum over a list *)
Definition sum_over {A} (l : list A) (f : A -> R) : R := fold_right (fun d s => f d + s) 0 l.
Definition member (t : nat) (l : list nat) : bool := existsb (Nat.eqb t) l.

Lemma member_spec t l : member t l = true <-> In t l.
Proof.
  unfold member. rewrite existsb_exists. split.
  - intros (u & H & E). apply Nat.eqb_eq in E. now subst.
  - intros H. exists t. split; [exact H|apply Nat.eqb_refl].
Qed.
Lemma not_member t l : member t l = false <-> ~ In t l.
Proof. rewrite <- member_spec. destruct (member t l); split; congruence. Qed.

Lemma sum_over_ext {A} (l : list A) f g : (forall d, In d l -> f d = g d) -> sum_over l f = sum_over l g.
Proof.
  induction l as [|d l IH]; intros H; cbn; [reflexivity|]. f_equal; [apply H; now left|].
  apply IH. intros. apply H. now right.
Qed.

Lemma sum_over_map {A C} (h : C -> A) (l : list C) f :
  sum_over (map h l) f = sum_over l (fun e => f (h e)).
Proof. induction l as [|e l IH]; [reflexivity|]. cbn [map sum_over fold_right]. f_equal. exact IH. Qed.

Section Groups.
Variables (n dim : nat) (w : nat -> R) (u : nat -> nat -> R).
Hypothesis w_nonneg : forall t, (t < n)%nat -> 0 <= w t.

(* some indices apart from the others *)
Lemma sum_group G f : NoDup G -> (forall d, In d G -> (d < n)%nat) ->
  sum n f = sum_over G f + sum n (fun t => if member t G then 0 else f t).
Proof.
  induction G as [|d G IH]; intros N H.
  - cbn. now rewrite Rplus_0_l.
  - apply NoDup_cons_iff in N. destruct N as [Nd N].
    rewrite IH; [|exact N|intros; apply H; now right].
    rewrite (sum_split n d (fun t => if member t G then 0 else f t)) by (apply H; now left).
    cbn [sum_over fold_right]. rewrite (proj2 (not_member d G) Nd).
    rewrite (sum_ext n _ (fun t => if member t (d :: G) then 0 else f t)); [unfold sum_over; ring|].
    intros t _. cbn [member existsb]. destruct (t =? d)%nat; reflexivity.
Qed.

(* the norm of a combination, where the vectors of a group are added up before *)
Lemma norm_group G : NoDup G -> (forall d, In d G -> (d < n)%nat) ->
  norm dim (combined n w u) <=
  norm dim (fun i => sum_over G (fun d => w d * u d i))
  + (sum n (fun t => w t * norm dim (u t)) - sum_over G (fun d => w d * norm dim (u d))).
Proof.
  intros N H.
  rewrite (norm_ext dim _ (fun i => sum_over G (fun d => w d * u d i)
    + combined n (fun t => if member t G then 0 else w t) u i)).
  2:{ intros i _. unfold combined at 1. rewrite (sum_group G _ N H). f_equal.
      apply sum_ext. intros t _. destruct (member t G); ring. }
  eapply Rle_trans; [apply norm_plus|]. apply Rplus_le_compat_l.
  eapply Rle_trans.
  - apply norm_combined. intros t Ht. destruct (member t G); [lra|now apply w_nonneg].
  - rewrite (sum_group G (fun t => w t * norm dim (u t)) N H). right.
    rewrite (sum_ext n _ (fun t => if member t G then 0 else w t * norm dim (u t))); [ring|].
    intros t _. destruct (member t G); ring.
Qed.
End Groups.

Section Margins.
Variables (M : gptj) (B : block).
Hypothesis one_block : blocks M = B :: nil.
Hypothesis one_head : heads M = 1%nat.
Hypothesis width_pos : (0 < width M)%nat.
Hypothesis planes_fit : (2 * planes M <= width M)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.
Variables (n : nat) (x : nat -> nat).
Hypothesis n_pos : (0 < n)%nat.
Notation q := (last_token n x).
Notation token := (back n x).
Notation m := (masses M B n x).
Notation D := (S (width M)).

(* A combination of slants is a direction; towards it, the norm is at least an inner product. *)
Definition toward (l : list (nat * Z)) (y : nat) : R :=
  sum_over l (fun e => IZR (snd e) * gram M B q (fst e) y).
Definition toward_norm (l : list (nat * Z)) : R :=
  sqrt (sum_over l (fun e => IZR (snd e) * toward l (fst e))).

Definition direction (l : list (nat * Z)) (i : nat) : R :=
  sum_over l (fun e => IZR (snd e) * slant M B q (fst e) i).

Lemma dot_list (l : list (nat * Z)) v :
  dot D v (direction l) = sum_over l (fun e => IZR (snd e) * dot D v (slant M B q (fst e))).
Proof.
  unfold direction. induction l as [|e l IH]; cbn [sum_over fold_right].
  - unfold dot. rewrite (sum_ext D _ (fun _ => 0)) by (intros; ring). apply sum_zero.
  - rewrite dot_plus, dot_scal. f_equal. exact IH.
Qed.
Lemma toward_dot l y : toward l y = dot D (direction l) (slant M B q y).
Proof.
  rewrite dot_comm, dot_list. apply sum_over_ext. intros e _. unfold gram. now rewrite dot_comm.
Qed.
Lemma toward_norm_eq l : toward_norm l = norm D (direction l).
Proof.
  unfold toward_norm, norm. f_equal. rewrite dot_list. apply sum_over_ext. intros e _.
  now rewrite toward_dot.
Qed.

Lemma toward_le l : sum n (fun t => m t * toward l (token t)) <= toward_norm l * norm D (whole M B n x).
Proof.
  rewrite toward_norm_eq. eapply Rle_trans; [|apply dot_le_norms]. unfold whole. rewrite dot_combined.
  right. apply sum_ext. intros t _. now rewrite toward_dot.
Qed.

(* The bias of the answer is greater: Cauchy and Schwarz. *)
Theorem answer_of_direction a c l : 0 <= bias M a - bias M c -> 0 < toward_norm l ->
  0 < sum n (fun t => m t * (lead M B q a c (token t)
      + (bias M a - bias M c) / toward_norm l * toward l (token t))) ->
  logit M n x c < logit M n x a.
Proof.
  intros Hb HN H. apply (logit_lt M B); try assumption. eapply Rlt_le_trans; [exact H|].
  rewrite (sum_ext n _ (fun t => m t * lead M B q a c (token t)
    + (bias M a - bias M c) / toward_norm l * (m t * toward l (token t)))) by (intros; ring).
  rewrite sum_plus, sum_scal. apply Rplus_le_compat_l. pose proof (toward_le l) as L.
  replace ((bias M a - bias M c) * norm D (whole M B n x))
    with ((bias M a - bias M c) / toward_norm l * (toward_norm l * norm D (whole M B n x)))
    by (field; lra).
  apply Rmult_le_compat_l; [|exact L]. apply Rmult_le_pos; [exact Hb|].
  left. now apply Rinv_0_lt_compat.
Qed.

(* The bias of a rival may be greater: Minkowski, with the vectors at some distances added up. *)
Theorem answer_of_group a c G : NoDup G -> (forall d, In d G -> (d < n)%nat) ->
  let b := Rabs (bias M a - bias M c) in
  let gain := sum_over G (fun d => m d * norm D (slant M B q (token d)))
    - norm D (fun i => sum_over G (fun d => m d * slant M B q (token d) i)) in
  0 < sum n (fun t => m t * (lead M B q a c (token t) - b * norm D (slant M B q (token t)))) + b * gain ->
  logit M n x c < logit M n x a.
Proof.
  intros N H b gain Hs. apply (logit_lt M B); try assumption. eapply Rlt_le_trans; [exact Hs|].
  rewrite (sum_ext n _ (fun t => m t * lead M B q a c (token t)
    - b * (m t * norm D (slant M B q (token t))))) by (intros; ring).
  rewrite sum_minus, sum_scal.
  pose proof (norm_group n D m (fun t => slant M B q (token t))
    (fun t _ => Rlt_le _ _ (masses_pos M B n x t)) G N H) as L.
  change (norm D (combined n m (fun t => slant M B q (token t)))) with (norm D (whole M B n x)) in L.
  pose proof (norm_nonneg D (whole M B n x)) as P. pose proof (Rabs_pos (bias M a - bias M c)) as Q.
  assert (Hb : - b * norm D (whole M B n x) <= (bias M a - bias M c) * norm D (whole M B n x)).
  { apply Rmult_le_compat_r; [exact P|]. unfold b. unfold Rabs. destruct (Rcase_abs _); lra. }
  fold b in Q. unfold gain.
  set (A := sum n (fun t => m t * norm D _)) in *. set (g := norm D (fun i => sum_over G _)) in *.
  set (h := sum_over G (fun d => m d * norm D _)) in *.
  assert (b * norm D (whole M B n x) <= b * (g + (A - h))) by (apply Rmult_le_compat_l; assumption).
  lra.
Qed.

(* the square of a group's norm, from inner products *)
Lemma group_norm (G : list nat) :
  norm D (fun i => sum_over G (fun d => m d * slant M B q (token d) i)) =
  sqrt (sum_over G (fun d => m d * sum_over G (fun e => m e * gram M B q (token d) (token e)))).
Proof.
  assert (E : forall k v, dot D v (fun i => sum_over k (fun d => m d * slant M B q (token d) i)) =
    sum_over k (fun d => m d * dot D v (slant M B q (token d)))).
  { induction k as [|d k IH]; intros v; cbn [sum_over fold_right].
    - unfold dot. rewrite (sum_ext D _ (fun _ => 0)) by (intros; ring). apply sum_zero.
    - rewrite dot_plus, dot_scal. f_equal. exact (IH v). }
  unfold norm. f_equal. rewrite E. apply sum_over_ext. intros d _. rewrite dot_comm, E.
  f_equal.
Qed.
End Margins.
