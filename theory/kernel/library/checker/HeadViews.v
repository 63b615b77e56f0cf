(* One head seen from one query: its masses by token, and sums over all inputs of a kind. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export HeadTables.

Module HeadViews (F : FloatOps with Definition radix := radix2
                                with Definition sensible_format := true).
Module Export T := HeadTables F.

Section Precision.
Variable prec : F.precision.

(* ---- the view of a head: what only a single head needs of a view stays empty *)
Definition no_part (q : nat) : query_part :=
  {| its_token := q; its_query := []; its_reads := []; its_cross := []; its_square := I.nai |}.
Definition head_view (K : kind) (tokens : nat) (rows : list (list I.type)) : view :=
  let cols := map column_of (columns tokens (tl rows)) in
  let mask := map (fun y => member y (others K)) (seq 0 tokens) in
  {| v_part := no_part (query_token K); v_rows := rows; v_columns := cols; v_mask := mask;
     v_hull := hull_of (pick mask [] cols); v_norms := []; v_minus_norms := [] |}.
(* all masses are between floats, and all tokens are in the tables *)
Definition head_view_sane (K : kind) (tokens : nat) (V : view) : bool :=
  fine (at1 (row (v_rows V) 0) (query_token K)) &&
  forallb (forallb fine) (columns tokens (tl (v_rows V))) &&
  forallb (fun y => (y <? tokens) && (y <? length (v_columns V)))%nat (others K).

(* the masses m of tokens at distances that a view holds *)
Record view_fits (K : kind) (V : view) (m : nat -> nat -> R) : Prop := {
  first_fits : held (ends (at1 (row (v_rows V) 0) (query_token K))) (m 0%nat (query_token K));
  each_fits : forall y, holds (nth y (v_columns V) ([], [])) (fun i => m (S i) y);
  hull_holds_all : forall i f, nth i (v_mask V) false = true -> (i < length (v_columns V))%nat ->
    holds (nth i (v_columns V) ([], [])) f -> holds (v_hull V) f;
  others_there : forall y, List.In y (others K) ->
    nth y (v_mask V) false = true /\ (y < length (v_columns V))%nat
}.

Lemma head_view_fits K tokens rows m : mat rows m ->
  head_view_sane K tokens (head_view K tokens rows) = true -> view_fits K (head_view K tokens rows) m.
Proof.
  intros Hm Hs. unfold head_view_sane in Hs. rewrite !andb_true_iff in Hs. destruct Hs as [[H0 H1] H2].
  cbn [v_rows v_columns head_view] in H0, H1, H2. set (cols := columns tokens (tl rows)) in *.
  assert (Hcols : forall y, holds (nth y (map column_of cols) ([], [])) (fun i => m (S i) y)).
  { intros y. pose proof (map_nth column_of cols [] y) as E.
    change (column_of []) with (([], []) : column) in E. rewrite E. apply column_holds.
    - destruct (Nat.ltb_spec y (length cols)) as [L|L]; [|now rewrite nth_overflow].
      rewrite forallb_forall in H1. now apply H1, nth_In.
    - apply (columns_hold _ _ (fun i y => m (S i) y)). intros i. specialize (Hm (S i)).
      destruct rows as [|r rows]; [destruct i; apply vec_nil|exact Hm]. }
  constructor; cbn [v_rows v_columns v_mask v_hull head_view]; fold cols.
  - apply fine_held; [exact H0|apply Hm].
  - exact Hcols.
  - intros i f Hi Li H. set (mask := map (fun y => member y (others K)) _) in *. set (low0 := @nil F.type).
    apply (hull_holds (pick mask low0 (map column_of cols)))
      with (low low0 i, nth i (map column_of cols) ([], [])); [|now apply pick_in|exact H].
    intros c Hc. apply pick_only in Hc. destruct Hc as (j & _ & _ & ->). eexists. apply Hcols.
  - intros y Hy. rewrite forallb_forall in H2. specialize (H2 y Hy). rewrite andb_true_iff in H2.
    destruct H2 as [L1 L2]. apply Nat.ltb_lt in L1, L2. split; [|exact L2].
    rewrite (nth_indep _ _ (member 0 (others K))) by now rewrite map_length, seq_length.
    rewrite (map_nth (fun y => member y (others K))), seq_nth by exact L1. now apply member_spec.
Qed.

(* ---- sums over the positions of every input of a kind, from what each token adds at each distance *)
Section Sums.
Variables (K : kind) (V : view) (m : nat -> nat -> R).
Notation q := (query_token K).
Hypothesis V_fits : view_fits K V m.
Variables (a : nat) (fixed : list (nat * nat)) (from upto : nat) (opens : list bool).
Variables (n d : nat) (x : nat -> nat).
Notation token := (back n x).
Hypothesis in_range : (from <= n <= upto)%nat.
Hypothesis d_pos : (0 < d < n)%nat.
Hypothesis d_open : nth (d - 1) opens false = true.
Hypothesis asks_q : last_token n x = q.
Hypothesis answer_there : token d = a.
Hypothesis others_here : forall t, (0 < t < n)%nat -> t <> d -> List.In (token t) (others K).
Hypothesis fixed_there : forall e, List.In e fixed -> token (fst e) = snd e /\ (0 < fst e)%nat.
Variables (g : list F.type) (value : nat -> R).
Hypothesis g_low : lows g value.

Section Threshold.
Variable threshold : F.type.
Notation tokens := (pick (v_mask V) g (v_columns V)).
Notation least_terms := (firstn (upto - 1) (least_products prec threshold tokens (v_hull V))).

Lemma tokens_weigh_in c : List.In c tokens -> exists f y, weighs c f y.
Proof.
  intros H. apply pick_only in H. destruct H as (j & _ & _ & ->).
  eexists _, (value j). split; [apply g_low|apply (each_fits _ _ _ V_fits)].
Qed.
Lemma tokens_in_hull c f y : List.In c tokens -> weighs c f y -> holds (v_hull V) f.
Proof.
  intros H [_ Hf]. apply pick_only in H. destruct H as (j & Hj & Lj & ->).
  now apply (hull_holds_all _ _ _ V_fits j).
Qed.
Lemma least_below i : (S i < n)%nat -> S i <> d ->
  below (low least_terms i) (m (S i) (token (S i)) * value (token (S i))).
Proof.
  intros Hi Ni. apply low_firstn.
  destruct (others_there _ _ _ V_fits _ (others_here (S i) ltac:(lia) Ni)) as [Hm Hc].
  exact (least_products_sound prec threshold _ _ tokens_weigh_in tokens_in_hull _ _ (value (token (S i)))
    (pick_in _ g _ _ Hm Hc) (conj (g_low (token (S i))) (each_fits _ _ _ V_fits (token (S i)))) i).
Qed.
Lemma least_valid i : F.valid_lb (low least_terms i) = true.
Proof.
  destruct (valid_below _ (least_products_valid prec threshold _ _ tokens_weigh_in tokens_in_hull i)) as (u & Hu).
  exact (proj1 (low_firstn _ _ _ _ Hu)).
Qed.
End Threshold.

Lemma product_low e : (0 < fst e)%nat ->
  below (product prec V g e) (m (fst e) (snd e) * value (snd e)).
Proof.
  intros He.
  pose proof (lows_scaled prec _ _ _ _ (g_low (snd e)) (each_fits _ _ _ V_fits (snd e)) (fst e - 1)%nat) as H.
  cbv beta in H. replace (S (fst e - 1)) with (fst e) in H by lia. exact H.
Qed.
Lemma put_all_low : forall fixed terms,
  (forall e, List.In e fixed -> token (fst e) = snd e /\ (0 < fst e)%nat) ->
  (forall i, F.valid_lb (low terms i) = true) ->
  (forall i, (S i < n)%nat -> S i <> d -> below (low terms i) (m (S i) (token (S i)) * value (token (S i)))) ->
  (forall i, F.valid_lb (low (put_all prec V g fixed terms) i) = true) /\
  (forall i, (S i < n)%nat -> S i <> d ->
    below (low (put_all prec V g fixed terms) i) (m (S i) (token (S i)) * value (token (S i)))) /\
  length (put_all prec V g fixed terms) = length terms.
Proof.
  induction fixed0 as [|e fixed0 IH]; intros terms Hf Hv Ht; [auto|]. cbn [put_all fold_left].
  destruct (Hf e (or_introl eq_refl)) as [Et Ep]. pose proof (product_low e Ep) as He.
  destruct (IH (put (fst e - 1) (product prec V g e) terms)) as (H1 & H2 & H3).
  - intros e' H'. apply Hf. now right.
  - intros i. rewrite put_spec. destruct (_ && _); [exact (proj1 He)|apply Hv].
  - intros i Hi Ni. rewrite put_spec.
    destruct (Nat.eqb_spec i (fst e - 1)) as [E|_]; [|now apply Ht].
    destruct (_ <? _)%nat; [|now apply Ht]. cbn [andb].
    assert (E' : S i = fst e) by lia. rewrite E', Et. exact He.
  - split; [exact H1|split; [exact H2|]]. etransitivity; [exact H3|apply put_length].
Qed.

(* a walk that succeeds shows the sum over the positions positive *)
Theorem sum_positive : succeeds prec K V a g F.zero fixed from upto opens = true ->
  0 < sum n (fun t => m t (token t) * value (token t)).
Proof.
  intros Hs. destruct (succeeds_walks _ _ _ _ _ _ _ _ _ _ Hs) as (threshold & Hw). clear Hs.
  unfold walks in Hw. set (terms := firstn _ _) in Hw.
  set (before := F.add_DN prec _ F.zero) in Hw. set (owns := scaled prec _ _) in Hw.
  destruct (upto - 1 <=? length terms)%nat eqn:Hlen; [|discriminate]. apply Nat.leb_le in Hlen.
  assert (Z0 : below F.zero 0).
  { apply below_of; [rewrite F.valid_lb_correct, zero_class; reflexivity|]. rewrite F.zero_correct. lra. }
  assert (token_first : token 0 = q) by (unfold back; rewrite Nat.sub_0_r; exact asks_q).
  set (r := fun t => m t (token t) * value (token t)).
  assert (Bb : below before (r O)).
  { unfold r. rewrite token_first, <- (Rplus_0_r (_ * _)). apply below_add; [|exact Z0].
    apply below_times; [exact (first_fits _ _ _ V_fits)|apply g_low]. }
  assert (Bo : lows owns (fun i => m (S i) a * value a)).
  { exact (lows_scaled prec _ _ _ _ (g_low a) (each_fits _ _ _ V_fits a)). }
  destruct (put_all_low fixed terms fixed_there (least_valid threshold) (least_below threshold)) as (H1 & H2 & H3).
  refine (walk_sound prec r n d (proj2 d_pos) _ _ _ 1 from before None Hw (proj1 in_range) _ (proj1 Bb) _ H1 _ _ _ _).
  - rewrite H3. lia.
  - discriminate.
  - intros i. exact (proj1 (Bo i)).
  - intros _. split; [|split; [exact d_open|]].
    + cbn [sum]. rewrite Rplus_0_r. exact Bb.
    + unfold r. rewrite answer_there. specialize (Bo (d - 1)%nat). cbv beta in Bo.
      replace (S (d - 1)) with d in Bo by lia. exact Bo.
  - intros H. lia.
  - intros i Hi Ni. cbn [Nat.add] in *. apply H2; lia.
Qed.
End Sums.
End Precision.
End HeadViews.
