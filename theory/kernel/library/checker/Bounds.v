(* Lower bounds of real numbers by single floats, for the innermost loops. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Intervals.

Module Bounds (F : FloatOps with Definition radix := radix2
                             with Definition sensible_format := true).
Module Export Enclosures := Intervals F.

Section Precision.
Variable prec : F.precision.

(* float l is at most x; a float that is no number is below everything *)
Definition below (l : F.type) (x : R) : Prop := F.valid_lb l = true /\ le_lower (F.toX l) (Xreal x).

Lemma below_of l x : F.valid_lb l = true ->
  match F.toX l with Xnan => True | Xreal r => r <= x end -> below l x.
Proof. intros V H. split; [exact V|]. unfold le_lower. cbn. destruct (F.toX l); cbn; [trivial|lra]. Qed.
Lemma below_inv l x : below l x -> match F.toX l with Xnan => True | Xreal r => r <= x end.
Proof. intros [_ H]. unfold le_lower in H. cbn in H. destruct (F.toX l); cbn in *; [trivial|lra]. Qed.
Lemma below_le l x y : below l x -> x <= y -> below l y.
Proof.
  intros H L. apply below_of; [apply H|]. apply below_inv in H. destruct (F.toX l); [trivial|lra].
Qed.

Lemma real_class f : F.classify f = Sig.Freal <-> exists r, F.toX f = Xreal r.
Proof.
  pose proof (F.classify_correct f) as H. pose proof (F.real_correct f) as G. rewrite H in G.
  destruct (F.classify f), (F.toX f); split; try discriminate;
    try (intros [r E]; discriminate); eauto.
Qed.
Lemma not_real f : F.classify f <> Sig.Freal -> F.toX f = Xnan.
Proof. intros H. destruct (F.toX f) eqn:E; [reflexivity|]. exfalso. apply H, real_class. eauto. Qed.
Lemma nan_real : F.toX F.nan = Xnan.
Proof. apply not_real. rewrite F.nan_correct. discriminate. Qed.
Lemma nan_below x : below F.nan x.
Proof.
  apply below_of; [rewrite F.valid_lb_correct, F.nan_correct; reflexivity|]. now rewrite nan_real.
Qed.

Lemma below_add a b x y : below a x -> below b y -> below (F.add_DN prec a b) (x + y).
Proof.
  intros Ha Hb. pose proof (F.add_DN_correct prec a b (proj1 Ha) (proj1 Hb)) as [V L].
  apply below_inv in Ha, Hb. apply below_of; [exact V|]. unfold le_lower in L. cbn in L.
  destruct (F.toX a), (F.toX b), (F.toX (F.add_DN prec a b)); cbn in *; trivial; try contradiction; lra.
Qed.

Lemma below_min a b x y : below a x -> below b y -> below (F.min a b) x /\ below (F.min a b) y.
Proof.
  intros Ha Hb. pose proof (F.min_correct a b) as H.
  pose proof (F.valid_lb_correct a) as Va. pose proof (F.valid_lb_correct b) as Vb.
  rewrite (proj1 Ha) in Va. rewrite (proj1 Hb) in Vb.
  pose proof (F.valid_lb_correct (F.min a b)) as V.
  destruct (F.classify a) eqn:Ca; destruct (F.classify b) eqn:Cb; try discriminate;
    try (rewrite H in V; split; (apply below_of; [exact V|]);
      rewrite not_real; [trivial|rewrite H; discriminate|trivial|rewrite H; discriminate]).
  apply real_class in Ca, Cb. destruct Ca as [ra Ea], Cb as [rb Eb]. rewrite Ea, Eb in H. cbn in H.
  assert (C : F.classify (F.min a b) = Sig.Freal) by (apply real_class; eauto).
  rewrite C in V. apply below_inv in Ha, Hb. rewrite Ea in Ha. rewrite Eb in Hb.
  pose proof (Rmin_l ra rb). pose proof (Rmin_r ra rb).
  split; (apply below_of; [exact V|]); rewrite H; lra.
Qed.

(* the least of two floats of which only one is a bound *)
Lemma below_min_l a b x : below a x -> F.valid_lb b = true -> below (F.min a b) x.
Proof.
  intros Ha Vb. destruct (F.toX b) as [|r] eqn:E.
  - refine (proj1 (below_min a b x 0 Ha _)). apply below_of; [exact Vb|now rewrite E].
  - refine (proj1 (below_min a b x r Ha _)). apply below_of; [exact Vb|rewrite E; lra].
Qed.
Lemma below_min_r a b x : F.valid_lb a = true -> below b x -> below (F.min a b) x.
Proof.
  intros Va Hb. destruct (F.toX a) as [|r] eqn:E.
  - refine (proj2 (below_min a b 0 x _ Hb)). apply below_of; [exact Va|now rewrite E].
  - refine (proj2 (below_min a b r x _ Hb)). apply below_of; [exact Va|rewrite E; lra].
Qed.
Lemma min_valid a b : F.valid_lb a = true -> F.valid_lb b = true -> F.valid_lb (F.min a b) = true.
Proof.
  intros Va Vb. destruct (F.toX a) as [|r] eqn:E.
  - exact (proj1 (below_min_l a b 0 (below_of a 0 Va ltac:(now rewrite E)) Vb)).
  - exact (proj1 (below_min_l a b r (below_of a r Va ltac:(rewrite E; lra)) Vb)).
Qed.

Definition above_zero (l : F.type) : bool := match F.cmp l F.zero with Xgt => true | _ => false end.
Lemma zero_class : F.classify F.zero = Sig.Freal.
Proof. apply real_class. exists 0. apply F.zero_correct. Qed.
Lemma above_zero_correct l x : above_zero l = true -> below l x -> 0 < x.
Proof.
  unfold above_zero. intros H B. pose proof (F.cmp_correct l F.zero) as G. rewrite zero_class in G.
  pose proof (F.valid_lb_correct l) as V. rewrite (proj1 B) in V. apply below_inv in B.
  destruct (F.classify l) eqn:C; try discriminate; rewrite G in H; try discriminate.
  apply real_class in C. destruct C as [r E]. rewrite E in *. rewrite F.zero_correct in H. cbn in H.
  destruct (Raux.Rcompare_spec r 0); try discriminate. lra.
Qed.

(* a float that is at least 0 *)
Definition up (l : F.type) : bool := match F.cmp l F.zero with Xgt | Xeq => true | _ => false end.
Lemma up_correct l : F.valid_lb l = true ->
  if up l then exists r, F.toX l = Xreal r /\ 0 <= r
  else match F.toX l with Xnan => True | Xreal r => r <= 0 end.
Proof.
  intros V. unfold up. pose proof (F.cmp_correct l F.zero) as H.
  pose proof (F.valid_lb_correct l) as G. rewrite V in G. rewrite zero_class in H.
  destruct (F.classify l) eqn:C; try discriminate; rewrite H.
  - apply real_class in C. destruct C as [r E]. rewrite E, F.zero_correct. cbn.
    destruct (Raux.Rcompare_spec r 0); try (exists r; split; [reflexivity|lra]). lra.
  - rewrite not_real; [trivial|]. rewrite C. discriminate.
  - rewrite not_real; [trivial|]. rewrite C. discriminate.
Qed.

(* the ends of an interval, as floats *)
Lemma lower_below g y : In g y -> below (I.lower g) y.
Proof.
  intros H. assert (NE : not_empty (I.convert g)) by (exists y; exact H).
  apply below_of; [exact (I.valid_lb_lower g NE)|].
  pose proof (I.lower_correct g NE) as L.
  change (I.F.toX (I.lower g)) with (F.toX (I.lower g)) in L. rewrite L.
  unfold In in H. destruct (I.convert g) as [|cl cu]; cbn; [trivial|]. cbn in H.
  destruct cl; [trivial|]. apply H.
Qed.
Lemma minus_upper_below g y : In g y -> below (I.lower (I.neg g)) (- y).
Proof. intros H. apply lower_below. now apply In_neg. Qed.

(* ---- numbers that are not negative, between two floats *)
Definition held (m : F.type * F.type) (x : R) : Prop :=
  exists a b, F.toX (fst m) = Xreal a /\ F.toX (snd m) = Xreal b /\ 0 <= a <= x /\ x <= b.
Definition fine (e : I.type) : bool := F.real (I.lower e) && F.real (I.upper e) && nonneg e.
Definition ends (e : I.type) : F.type * F.type := (I.lower e, I.upper e).
Lemma fine_held e x : fine e = true -> In e x -> held (ends e) x.
Proof.
  unfold fine. rewrite !andb_true_iff. intros [[Rl Rh] P] H.
  assert (NE : not_empty (I.convert e)) by (exists x; exact H).
  pose proof (I.lower_correct e NE) as L. pose proof (I.upper_correct e NE) as U.
  pose proof (F.real_correct (I.lower e)) as Rl'. rewrite Rl in Rl'.
  pose proof (F.real_correct (I.upper e)) as Rh'. rewrite Rh in Rh'.
  unfold held, ends. cbn [fst snd]. unfold In in H.
  change (I.F.toX (I.lower e)) with (F.toX (I.lower e)) in L.
  change (I.F.toX (I.upper e)) with (F.toX (I.upper e)) in U.
  destruct (F.toX (I.lower e)) as [|a]; [discriminate|].
  destruct (F.toX (I.upper e)) as [|b]; [discriminate|].
  exists a, b. assert (Ha : In e a).
  { unfold In. destruct (I.convert e) as [|cl cu]; [trivial|]. cbn in L, U. subst cl cu. cbn in *. lra. }
  pose proof (nonneg_correct _ _ P Ha).
  destruct (I.convert e) as [|cl cu]; [discriminate|]. cbn in L, U. subst cl cu. cbn in H.
  repeat split; lra.
Qed.

(* the product of such a number with one that is bounded from below *)
Definition times_below (m : F.type * F.type) (g : F.type) : F.type :=
  F.mul_DN prec (if up g then fst m else snd m) g.
Lemma below_times m g x y : held m x -> below g y -> below (times_below m g) (x * y).
Proof.
  intros (a & b & El & Eh & Ha & Hb) Hg. unfold times_below. destruct m as [l h]. cbn [fst snd] in *.
  pose proof (up_correct _ (proj1 Hg)) as S. pose proof (below_inv _ _ Hg) as G.
  destruct (up g).
  - destruct S as (r & Er & Hr). rewrite Er in G.
    assert (P : F.valid_lb (F.mul_DN prec l g) = true /\
                le_lower (F.toX (F.mul_DN prec l g)) (Xreal (a * r))).
    { pose proof (F.mul_DN_correct prec l g) as M. rewrite El, Er in M. apply M. left.
      unfold F.is_non_neg_real. rewrite El, Er. split; lra. }
    apply (below_le _ (a * r)); [exact P|]. apply Rmult_le_compat; lra.
  - pose proof (F.mul_DN_correct prec h g) as M. rewrite Eh in M.
    assert (Ch : F.classify h = Sig.Freal) by (apply real_class; eauto).
    assert (P : F.is_non_neg h /\ F.is_non_pos g).
    { unfold F.is_non_neg, F.is_non_pos. rewrite Eh.
      split; split; try lra; try exact (proj1 Hg); try exact S.
      rewrite F.valid_ub_correct, Ch. reflexivity. }
    specialize (M (or_intror (or_intror (or_introl P)))). destruct M as [V M].
    destruct (F.toX g) as [|r].
    + apply below_of; [exact V|]. unfold le_lower in M. cbn in M.
      destruct (F.toX (F.mul_DN prec h g)); [trivial|destruct M].
    + apply (below_le _ (b * r)); [split; [exact V|exact M]|].
      apply Rle_trans with (x * r); [|apply Rmult_le_compat_l; lra].
      assert (0 <= (b - x) * - r) by (apply Rmult_le_pos; lra). lra.
Qed.

(* the hull of two such enclosures *)
Definition wider (m m' : F.type * F.type) : F.type * F.type :=
  (F.min (fst m) (fst m'), F.max (snd m) (snd m')).
Lemma held_wider m m' x x' : held m x -> held m' x' -> held (wider m m') x /\ held (wider m m') x'.
Proof.
  intros (a & b & El & Eh & Ha & Hb) (a' & b' & El' & Eh' & Ha' & Hb'). unfold held, wider. cbn [fst snd].
  pose proof (F.min_correct (fst m) (fst m')) as L. pose proof (F.max_correct (snd m) (snd m')) as U.
  rewrite (proj2 (real_class (fst m))), (proj2 (real_class (fst m'))), El, El' in L by eauto.
  rewrite (proj2 (real_class (snd m))), (proj2 (real_class (snd m'))), Eh, Eh' in U by eauto.
  cbn in L, U.
  pose proof (Rmin_l a a'). pose proof (Rmin_r a a'). pose proof (Rmax_l b b'). pose proof (Rmax_r b b').
  assert (0 <= Rmin a a') by (apply Rmin_glb; lra).
  split; exists (Rmin a a'), (Rmax b b'); repeat split; try assumption; lra.
Qed.

(* ---- lists of lower bounds: whatever is out of range is below everything *)
Definition low (l : list F.type) (i : nat) : F.type := nth i l F.nan.
Definition lows (l : list F.type) (f : nat -> R) : Prop := forall i, below (low l i) (f i).

Lemma lows_nil f : lows [] f.
Proof. intros [|i]; apply nan_below. Qed.
Lemma lows_tail a l f : lows (a :: l) f -> below a (f O) /\ lows l (fun i => f (S i)).
Proof. intros H. split; [exact (H O)|intros i; exact (H (S i))]. Qed.
Lemma lows_cons a l f : below a (f O) -> lows l (fun i => f (S i)) -> lows (a :: l) f.
Proof. intros H G [|i]; [exact H|exact (G i)]. Qed.
Lemma lows_ext l f g : (forall i, f i = g i) -> lows l f -> lows l g.
Proof. intros E H i. rewrite <- E. apply H. Qed.
Lemma lows_le l f g : (forall i, f i <= g i) -> lows l f -> lows l g.
Proof. intros E H i. exact (below_le _ _ _ (H i) (E i)). Qed.

Lemma low_firstn k x : forall l i, below (low l i) x -> below (low (firstn k l) i) x.
Proof.
  induction k as [|k IH]; intros [|a l] i H; try exact H; [destruct i; apply nan_below|].
  destruct i as [|i]; [exact H|exact (IH l i H)].
Qed.

Lemma lows_zip (h : F.type -> F.type -> F.type) k l l' f g :
  (forall a b x y, below a x -> below b y -> below (h a b) (k x y)) ->
  lows l f -> lows l' g -> lows (zip h l l') (fun i => k (f i) (g i)).
Proof.
  intros Hh. revert l' f g. induction l as [|a l IH]; intros l' f g H G; [apply lows_nil|].
  destruct l'; [apply lows_nil|]. apply lows_tail in H, G. destruct H, G.
  apply lows_cons; [now apply Hh|]. now apply (IH l' (fun i => f (S i)) (fun i => g (S i))).
Qed.
Lemma lows_map_lower v f : vec v f -> lows (map I.lower v) f.
Proof.
  revert f. induction v as [|a v IH]; intros f H; [apply lows_nil|]. apply vec_tail in H.
  destruct H. apply lows_cons; [now apply lower_below|]. now apply IH.
Qed.

(* the masses of one token at all distances: their lower ends and their upper ends *)
Definition column : Type := list F.type * list F.type.
Inductive holds : column -> (nat -> R) -> Prop :=
  | holds_nil f : holds ([], []) f
  | holds_cons l h ls hs f : held (l, h) (f O) -> holds (ls, hs) (fun i => f (S i)) ->
      holds (l :: ls, h :: hs) f.

Definition column_of (v : list I.type) : column := (map I.lower v, map I.upper v).
Lemma column_holds v f : forallb fine v = true -> vec v f -> holds (column_of v) f.
Proof.
  revert f. induction v as [|a v IH]; intros f Hf H; [constructor|]. cbn in Hf.
  apply andb_prop in Hf. destruct Hf as [F0 Hf]. apply vec_tail in H. destruct H as [H0 H].
  constructor; [exact (fine_held _ _ F0 H0)|]. now apply IH.
Qed.

(* all products of a column with a number that is bounded from below *)
Definition scaled (g : F.type) (c : column) : list F.type :=
  map (fun m => F.mul_DN prec m g) (if up g then fst c else snd c).
Lemma lows_scaled g c y f : below g y -> holds c f -> lows (scaled g c) (fun i => f i * y).
Proof.
  intros Hg H. induction H as [f|l h ls hs f H0 H IH].
  - unfold scaled. destruct (up g); apply lows_nil.
  - pose proof (below_times _ _ _ _ H0 Hg) as B. unfold scaled, times_below in *. cbn [fst snd] in *.
    destruct (up g); cbn [map]; (apply lows_cons; [exact B|exact IH]).
Qed.

Definition wider_column (c c' : column) : column :=
  (zip F.min (fst c) (fst c'), zip F.max (snd c) (snd c')).
Lemma holds_wider c c' f f' : holds c f -> holds c' f' ->
  holds (wider_column c c') f /\ holds (wider_column c c') f'.
Proof.
  intros H. revert c' f'. induction H as [f|l h ls hs f H0 H IH]; intros c' f' G.
  - split; constructor.
  - destruct G as [f'|l' h' ls' hs' f' G0 G]; [split; constructor|].
    destruct (held_wider _ _ _ _ H0 G0). destruct (IH _ _ G).
    unfold wider_column, wider in *. cbn [fst snd zip] in *. split; constructor; assumption.
Qed.
End Precision.
End Bounds.
