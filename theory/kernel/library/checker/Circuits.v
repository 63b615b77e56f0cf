(* Every table of two blocks of one head that its certificates need, in intervals; made once. A cell holds
   what is known of a position from its token and the one before it, whatever stands further back. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Tables TwoBlocks.

Module Circuits (F : FloatOps with Definition radix := radix2
                               with Definition sensible_format := true).
Module Export T := Tables F.

(* ---- hulls and averages *)
Lemma In_average i k (w f : nat -> R) : (forall t, (t < k)%nat -> 0 <= w t) -> sum k w = 1 ->
  (forall t, (t < k)%nat -> In i (f t)) -> In i (sum k (fun t => w t * f t)).
Proof.
  unfold In. intros Hw H1 H. destruct (I.convert i) as [|l u]; [exact Logic.I|].
  assert (E : forall a, sum k (fun t => w t * a) = a).
  { intros a. rewrite sum_scal_r, H1. ring. }
  cbn. split.
  - destruct l as [|a]; [trivial|]. rewrite <- (E a). apply sum_le. intros t Ht.
    apply Rmult_le_compat_l; [now apply Hw|]. exact (proj1 (H t Ht)).
  - destruct u as [|a]; [trivial|]. rewrite <- (E a). apply sum_le. intros t Ht.
    apply Rmult_le_compat_l; [now apply Hw|]. exact (proj2 (H t Ht)).
Qed.
Lemma In_between i a b x : In i a -> In i b -> a <= x <= b -> In i x.
Proof.
  unfold In. destruct (I.convert i) as [|l u]; [easy|]. cbn. intros [H _] [_ G] L.
  destruct l, u; split; trivial; lra.
Qed.
Lemma In_join_l a b x : In a x -> In (I.join a b) x.
Proof. intros H. apply I.join_correct. now left. Qed.
Lemma In_join_r a b x : In b x -> In (I.join a b) x.
Proof. intros H. apply I.join_correct. now right. Qed.
Definition from_zero (i : I.type) : I.type := I.join I.zero i.
Lemma In_from_zero i b x : In i b -> 0 <= x <= b -> In (from_zero i) x.
Proof.
  intros H L. apply (In_between _ 0 b); [apply In_join_l, In_zero|now apply In_join_r|exact L].
Qed.
Fixpoint hull (l : list I.type) : I.type :=
  match l with [] => I.nai | [a] => a | a :: l => I.join a (hull l) end.
Lemma In_hull l i x : (i < length l)%nat -> In (at1 l i) x -> In (hull l) x.
Proof.
  unfold at1. revert i. induction l as [|a l IH]; [cbn; lia|]. intros i Hi H. destruct l as [|b l].
  - destruct i; [exact H|cbn in Hi; lia].
  - change (hull (a :: b :: l)) with (I.join a (hull (b :: l))). destruct i as [|i].
    + now apply In_join_l.
    + apply In_join_r. apply (IH i); [cbn in *; lia|exact H].
Qed.

Lemma In_hull_map {A} (g : A -> I.type) l d i x : (i < length l)%nat -> In (g (nth i l d)) x ->
  In (hull (map g l)) x.
Proof.
  intros Hi H. apply (In_hull _ i); [now rewrite map_length|].
  rewrite (at1_map g l d), (proj2 (Nat.ltb_lt _ _) Hi). exact H.
Qed.

(* the hull of each column of a table *)
Definition column_hulls (m : nat) (A : list (list I.type)) : list I.type :=
  table m (fun j => hull (map (fun r => at1 r j) A)).
Lemma In_column_hulls m A y j x : (y < length A)%nat -> In (at1 (row A y) j) x ->
  In (at1 (column_hulls m A) j) x.
Proof.
  intros Hy H. unfold column_hulls, table. rewrite (at1_map _ _ O).
  destruct (j <? length _)%nat eqn:E; [|apply In_nai]. apply Nat.ltb_lt in E. rewrite seq_length in E.
  rewrite seq_nth by exact E. apply (In_hull _ y); [now rewrite map_length|].
  rewrite (at1_map (fun r => at1 r (0 + j)) A []). rewrite (proj2 (Nat.ltb_lt _ _) Hy). exact H.
Qed.

Section Precision.
Variable prec : F.precision.

(* a leak of at most e towards a hull *)
Lemma In_leak e h k (lam d : nat -> R) v : (forall t, (t < k)%nat -> 0 <= lam t) ->
  In e (sum k lam) -> In h v -> (forall t, (t < k)%nat -> In h (d t)) ->
  In (I.mul prec e h) (sum k (fun t => lam t * d t)).
Proof.
  intros Hl He Hv Hd. set (s := sum k lam) in *. assert (Hs : 0 <= s) by now apply sum_nonneg.
  destruct Hs as [Hs|Hs].
  - replace (sum k (fun t => lam t * d t)) with (s * sum k (fun t => lam t / s * d t)).
    + apply In_mul; [exact He|]. apply In_average; [| |exact Hd].
      * intros t Ht. apply Rmult_le_pos; [now apply Hl|]. left. now apply Rinv_0_lt_compat.
      * rewrite sum_div. fold s. field. lra.
    + rewrite <- sum_scal. apply sum_ext. intros. field. lra.
  - replace (sum k (fun t => lam t * d t)) with (s * v); [now apply In_mul|].
    rewrite <- Hs, Rmult_0_l. rewrite <- (sum_zero k). apply sum_ext. intros t Ht.
    enough (lam t = 0) as -> by ring. apply Rle_antisym; [|now apply Hl]. rewrite Hs. unfold s.
    rewrite (sum_split k t lam Ht). rewrite <- (Rplus_0_r (lam t)) at 1. apply Rplus_le_compat_l.
    apply sum_nonneg. intros j Hj. destruct (j =? t)%nat; [lra|now apply Hl].
Qed.

Lemma In_zip (h : I.type -> I.type -> I.type) l k i x :
  In (h (at1 l i) (at1 k i)) x -> In (at1 (zip h l k) i) x.
Proof.
  unfold at1. revert k i. induction l as [|a l IH]; intros [|b k] [|i] H; cbn in *; try apply In_nai; auto.
Qed.
Lemma In_map_at (h : I.type -> I.type) l i x : In (h (at1 l i)) x -> In (at1 (map h l) i) x.
Proof.
  unfold at1. revert i. induction l as [|a l IH]; intros [|i] H; cbn in *; try apply In_nai; auto.
Qed.

Variables (M : gptj) (B C : block).
Notation W := (width M).
Notation V := (vocab M).

(* ---- masses of two vectors at a distance *)
Definition pair_amplitudes (v k : list I.type) : list I.type * list I.type * I.type :=
  let product i j := I.mul prec (at1 v i) (at1 k j) in
  (table (planes M) (fun f => I.add prec (product (2 * f) (2 * f)) (product (2 * f + 1) (2 * f + 1))),
   table (planes M) (fun f => I.sub prec (product (2 * f) (2 * f + 1)) (product (2 * f + 1) (2 * f))),
   inner prec (W - 2 * planes M) (skipn (2 * planes M) v) (skipn (2 * planes M) k))%nat.
Definition mass_at (t : nat) (f g : nat -> R) : R :=
  exp (score_at W (planes M) (angle M) t f g / sqrt (INR W)).
Lemma In_mass_of v k f g c s t : vec v f -> vec k g -> vec c (fun j => cos (INR t * angle M j)) ->
  vec s (fun j => sin (INR t * angle M j)) ->
  In (mass_of prec M (I.sqrt prec (natural prec W)) c s (pair_amplitudes v k)) (mass_at t f g).
Proof.
  intros Hv Hk Hc Hs. unfold mass_of, pair_amplitudes, mass_at, score_at.
  apply In_exp, In_div; [|apply In_sqrt, In_natural]. apply In_add; [apply In_add|].
  - apply (In_inner _ _ _ _ (cosines f g)); [|exact Hc].
    apply vec_table. intros j _. apply In_add; apply In_mul; apply Hv || apply Hk.
  - apply (In_inner _ _ _ _ (sines f g)); [|exact Hs].
    apply vec_table. intros j _. apply In_sub; apply In_mul; apply Hv || apply Hk.
  - apply (In_inner _ _ _ _ (fun i => f (2 * planes M + i)%nat) (fun i => g (2 * planes M + i)%nat));
      now apply vec_skipn.
Qed.

(* ---- linear functionals of a stream: of what a token is, and of what the first block writes of it *)
Record family := {
  of_own : list (list I.type);      (* tokens x functionals *)
  of_written : list (list I.type);  (* tokens x functionals *)
  of_all : list I.type              (* functionals: the hull of what is written over all tokens *)
}.
Definition family_fits (A : family) (L : nat -> (nat -> R) -> R) : Prop :=
  (forall y, vec (row (of_own A) y) (fun j => L j (own M y))) /\
  (forall y, vec (row (of_written A) y) (fun j => L j (written M B y))) /\
  (forall y, (y < V)%nat -> vec (of_all A) (fun j => L j (written M B y))).
Definition family_of (m : nat) (h : list I.type -> list I.type) (owns writtens : list (list I.type)) : family :=
  let w := map h writtens in
  {| of_own := map h owns; of_written := w; of_all := column_hulls m w |}.
Lemma family_of_fits m h owns writtens L : (V <= length writtens)%nat ->
  mat owns (own M) -> mat writtens (written M B) ->
  (forall v f, vec v f -> vec (h v) (fun j => L j f)) -> family_fits (family_of m h owns writtens) L.
Proof.
  intros HV Ho Hw Hh. unfold family_fits, family_of. cbn [of_own of_written of_all].
  assert (G : mat (map h writtens) (fun y j => L j (written M B y))).
  { apply (mat_rows _ _ _ (written M B)); [|exact Hw]. intros v y Hv. now apply Hh. }
  split; [|split].
  - apply (mat_rows _ _ _ (own M)); [|exact Ho]. intros v y Hv. now apply Hh.
  - exact G.
  - intros y Hy j. apply (In_column_hulls m _ y); [rewrite map_length; lia|]. apply G.
Qed.
(* the difference of one functional and each *)
Definition less_each (a : nat) (l : list I.type) : list I.type := let u := at1 l a in map (I.sub prec u) l.
Lemma vec_less_each a l f : vec l f -> vec (less_each a l) (fun c => f a - f c).
Proof. intros H c. unfold less_each. apply In_map_at. apply In_sub; apply H. Qed.
Definition against (a : nat) (m : nat) (A : family) : family :=
  let w := map (less_each a) (of_written A) in
  {| of_own := map (less_each a) (of_own A); of_written := w; of_all := column_hulls m w |}.
Lemma against_fits a m A L : (V <= length (of_written A))%nat -> family_fits A L ->
  family_fits (against a m A) (fun c f => L a f - L c f).
Proof.
  intros HV (Ho & Hw & _). unfold family_fits, against. cbn [of_own of_written of_all].
  assert (G : mat (map (less_each a) (of_written A)) (fun y c => L a (written M B y) - L c (written M B y))).
  { apply (mat_rows _ _ _ (fun y c => L c (written M B y))); [|exact Hw]. intros v y Hv.
    exact (vec_less_each a v (fun c => L c (written M B y)) Hv). }
  split; [|split].
  - apply (mat_rows _ _ _ (fun y c => L c (own M y))); [|exact Ho]. intros v y Hv.
    exact (vec_less_each a v (fun c => L c (own M y)) Hv).
  - exact G.
  - intros y Hy j. apply (In_column_hulls m _ y); [rewrite map_length; lia|]. apply G.
Qed.

(* ---- one position: its token b, the token o before it, its leak *)
Section Position.
Variables (o : option nat) (b : nat) (share leak : I.type).
Definition mixed_of (w : list (list I.type)) : list I.type :=
  let u := row w b in
  zip (fun u v => I.add prec u (I.mul prec share (I.sub prec v u))) u (row w (before o b)).
Definition raw (A : family) : list I.type :=
  let m := mixed_of (of_written A) in
  plus prec (plus prec (row (of_own A) b) m)
    (zip (fun h u => I.mul prec leak (I.sub prec h u)) (of_all A) m).

Section Fits.
Variables (x : nat -> nat) (p : nat).
Hypothesis one_head : heads M = 1%nat.
Hypothesis width_pos : (0 < W)%nat.
Hypothesis planes_fit : (2 * planes M <= W)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.
Hypothesis first_silent : forall s p i, mlp M B s p i = 0.
Hypothesis in_range : forall r, (r <= p)%nat -> (x r < V)%nat.
Hypothesis o_prior : o = prior x p.
Hypothesis b_here : b = x p.
Hypothesis share_in : In share (before_share M B o b).
Hypothesis leak_in : In leak (sum (p - 1) (leak_of M B x p)).

Lemma vec_mixed_of w L : (forall j, linear W (L j)) -> mat w (fun y j => L j (written M B y)) ->
  vec (mixed_of w) (fun j => L j (mix M B o b)).
Proof.
  intros HL H j. apply In_zip. unfold mix.
  rewrite (linear_plus W _ (HL j)), (linear_scal W _ (HL j)), (linear_minus W _ (HL j)).
  apply In_add; [apply H|]. apply In_mul; [exact share_in|]. apply In_sub; apply H.
Qed.
Lemma halfway_split i : (i < W)%nat -> halfway M B x p i = (own M b i + mix M B o b i)
  + combined (p - 1) (leak_of M B x p) (fun t i => written M B (further_back x p t) i - mix M B o b i) i.
Proof. intros Hi. subst. now apply halfway_leaky. Qed.
Lemma further_in_range t : (t < p - 1)%nat -> (further_back x p t < V)%nat.
Proof. intros H. apply in_range. lia. Qed.

Lemma vec_raw A L : (forall j, linear W (L j)) -> family_fits A L ->
  vec (raw A) (fun j => L j (halfway M B x p)).
Proof.
  intros HL (Ho & Hw & Ha) j.
  pose proof (vec_mixed_of _ L HL Hw j) as Hm. set (m := mixed_of _) in *. unfold raw. fold m.
  rewrite (linear_ext W _ (HL j) _ _ halfway_split).
  rewrite (linear_plus W _ (HL j) (fun i => own M b i + mix M B o b i)).
  rewrite (linear_plus W _ (HL j) (own M b)), (linear_combined W _ (HL j)).
  apply In_zip, In_add; [apply In_zip, In_add; [apply Ho|exact Hm]|]. apply In_zip.
  rewrite (sum_ext _ _ (fun t => leak_of M B x p t *
    (L j (written M B (further_back x p t)) - L j (mix M B o b))))
    by (intros t _; now rewrite (linear_minus W _ (HL j))).
  apply (In_leak _ _ _ _ _ (L j (written M B b) - L j (mix M B o b))).
  - intros. now apply leak_nonneg.
  - exact leak_in.
  - apply In_sub; [|exact Hm]. apply (Ha b). rewrite b_here. now apply in_range.
  - intros t Ht. apply In_sub; [|exact Hm]. apply Ha. now apply further_in_range.
Qed.

(* ---- the second block's divisor *)
Definition deviations (writtens : list (list I.type)) (m : list I.type) : I.type :=
  hull (map (fun w => let d := zip (I.sub prec) w m in I.sqrt prec (c_cross prec M d d)) writtens).
Definition divisor (owns writtens : list (list I.type)) : I.type :=
  let m := mixed_of writtens in
  let s := plus prec (row owns b) m in
  let along := I.mul prec leak (I.sub prec (hull (map (c_cross prec M s) writtens)) (c_cross prec M s m)) in
  let off := I.mul prec leak (deviations writtens m) in
  I.sqrt prec (I.add prec (I.add prec (I.add prec (c_cross prec M s s) (I.mul prec (I.fromZ prec 2) along))
    (from_zero (I.mul prec off off))) (c_epsilon prec M)).

Lemma linear_cross f : linear W (cross M f).
Proof.
  exists (fun i => f i / INR W). intros g. unfold cross, mean, dot. rewrite <- sum_div.
  apply sum_ext. intros. unfold Rdiv. ring.
Qed.

Lemma In_divisor owns writtens : (V <= length writtens)%nat ->
  mat owns (own M) -> mat writtens (written M B) -> In (divisor owns writtens) (divisor_of M B x p).
Proof.
  intros HV Ho Hw. unfold divisor. set (m := mixed_of writtens).
  assert (Hm : vec m (mix M B o b)).
  { intros j. apply In_zip. unfold mix. apply In_add; [apply Hw|]. apply In_mul; [exact share_in|].
    apply In_sub; apply Hw. }
  set (s := plus prec (row owns b) m). set (f := fun i => own M b i + mix M B o b i).
  assert (Hs : vec s f) by (apply vec_plus; [apply Ho|exact Hm]).
  set (d := fun t i => written M B (further_back x p t) i - mix M B o b i).
  set (e := combined (p - 1) (leak_of M B x p) d).
  unfold divisor_of. rewrite (spread_ext M _ (fun i => f i + e i)) by (intros; now apply halfway_split).
  unfold spread.
  assert (E : cross M (fun i => f i + e i) (fun i => f i + e i) + epsilon M =
    cross M f f + 2 * cross M f e + cross M e e + epsilon M).
  { rewrite cross_plus, (linear_plus W _ (linear_cross f) f e), (linear_plus W _ (linear_cross e) f e).
    replace (cross M e f) with (cross M f e) by (apply mean_ext; intros; ring). ring. }
  rewrite E.
  assert (Hb : (b < V)%nat) by (rewrite b_here; now apply in_range).
  assert (Ld : forall y, vec (zip (I.sub prec) (row writtens y) m) (fun i => written M B y i - mix M B o b i)).
  { intros y i. apply In_zip, In_sub; [apply Hw|apply Hm]. }
  apply In_sqrt, In_add; [|apply In_epsilon]. apply In_add; [apply In_add|].
  - now apply In_cross.
  - apply In_mul; [apply In_Z|]. unfold e. rewrite (linear_combined W _ (linear_cross f)).
    assert (G : forall y, (y < V)%nat -> In (hull (map (c_cross prec M s) writtens)) (cross M f (written M B y))).
    { intros y Hy. apply (In_hull _ y); [rewrite map_length; lia|]. rewrite (at1_map _ _ []).
      rewrite (proj2 (Nat.ltb_lt _ _)) by lia. apply In_cross; [exact Hs|apply Hw]. }
    rewrite (sum_ext _ _ (fun t => leak_of M B x p t *
      (cross M f (written M B (further_back x p t)) - cross M f (mix M B o b))))
      by (intros t _; unfold d; now rewrite (linear_minus W _ (linear_cross f))).
    apply (In_leak _ _ _ _ _ (cross M f (written M B b) - cross M f (mix M B o b))).
    + intros. now apply leak_nonneg.
    + exact leak_in.
    + apply In_sub; [now apply G|now apply In_cross].
    + intros t Ht. apply In_sub; [apply G; now apply further_in_range|now apply In_cross].
  - assert (G : forall y, (y < V)%nat ->
      In (deviations writtens m) (size M (fun i => written M B y i - mix M B o b i))).
    { intros y Hy. unfold deviations. apply (In_hull_map _ _ [] y); [exact (Nat.lt_le_trans _ _ _ Hy HV)|].
      apply In_sqrt. apply In_cross; apply Ld. }
    set (z := sum (p - 1) (fun t => leak_of M B x p t * size M (d t))).
    assert (Hz : In (I.mul prec leak (deviations writtens m)) z).
    { apply (In_leak _ _ _ _ _ (size M (fun i => written M B b i - mix M B o b i))).
      - intros. now apply leak_nonneg.
      - exact leak_in.
      - now apply G.
      - intros t Ht. apply G. now apply further_in_range. }
    apply (In_from_zero _ (z * z)); [now apply In_mul|].
    assert (U : size M e <= z) by (apply size_combined; [exact width_pos|intros; now apply leak_nonneg]).
    assert (Es : size M e * size M e = cross M e e) by (apply sqrt_sqrt, cross_nonneg; exact width_pos).
    pose proof (size_nonneg M e). pose proof (cross_nonneg M width_pos e). split; [assumption|].
    rewrite <- Es. now apply Rmult_le_compat.
Qed.

(* ---- functionals of what the second block reads *)
Definition image (sigma : I.type) (A : family) (shifted : list I.type) : list I.type :=
  plus prec (map (fun z => I.div prec z sigma) (raw A)) shifted.
Lemma vec_image sigma A shifted L : In sigma (divisor_of M B x p) -> (forall j, linear W (L j)) ->
  family_fits A (fun j f => L j (fun i => second_gain M C i * f i)) ->
  vec shifted (fun j => L j (second_shift M C)) ->
  vec (image sigma A shifted) (fun j => L j (second_normed M B C x p)).
Proof.
  intros Hs HL HA Hsh j. unfold image. rewrite normed_read; [|assumption..|apply HL].
  apply In_zip, In_add; [|apply Hsh]. apply In_map_at, In_div; [|exact Hs].
  apply (vec_raw A (fun j f => L j (fun i => second_gain M C i * f i))); [|exact HA].
  intros k. apply (linear_gained W (L k)). apply HL.
Qed.
End Fits.
End Position.
End Precision.
End Circuits.
