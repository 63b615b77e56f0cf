(* The check of claims, for all lengths of a range and all places of the answer; its soundness. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Views.

Module Claims (F : FloatOps with Definition radix := radix2
                             with Definition sensible_format := true).
Module Export V := Views F.

Section Precision.
Variable prec : F.precision.
Variables (M : gptj) (B : block).
Notation W := (width M).
Notation D := (S (width M)).

Hypothesis one_block : blocks M = B :: nil.
Hypothesis one_head : heads M = 1%nat.
Hypothesis width_pos : (0 < W)%nat.
Hypothesis planes_fit : (2 * planes M <= W)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.

Variable P : parts.
Hypothesis P_fits : fit M B P.
(* readings and their negatives, which are computed once *)
Variables lo neg : list (list F.type).
Hypothesis lo_low : forall c, lows (low_row lo c) (fun y => reads M c (written M B y)).
Hypothesis neg_low : forall c, lows (low_row neg c) (fun y => - reads M c (written M B y)).

Section Query.
Variables (K : kind) (Q : query_part) (V : view).
Notation q := (query_token K).
Hypothesis Q_fits : fit_query M B Q.
Hypothesis Q_token : its_token Q = q.
Hypothesis first_held : held (ends (at1 (row (v_rows V) 0) q)) (mass M B q 0 q).
Hypothesis rows_hold : mat (v_rows V) (mass M B q).
Hypothesis columns_fit : forall y, holds (nth y (v_columns V) ([], [])) (fun i => mass M B q (S i) y).
Hypothesis hull_fits : forall i f, nth i (v_mask V) false = true -> (i < length (v_columns V))%nat ->
  holds (nth i (v_columns V) ([], [])) f -> holds (v_hull V) f.
Hypothesis others_masked : forall y, List.In y (others K) ->
  nth y (v_mask V) false = true /\ (y < length (v_columns V))%nat.
Hypothesis norms_fit : vec (v_norms V) (fun y => norm D (slant M B q y)).
Hypothesis minus_norms_low : lows (v_minus_norms V) (fun y => - norm D (slant M B q y)).

(* ---- a direction for the norm's lower bound *)
Record aim := { aim_low : list F.type; aim_norm : I.type }.
Definition aim_at (l : list (nat * Z)) : aim :=
  let zeros := map (fun _ => I.zero) (its_keys P) in
  let sums := fold_right (fun e s =>
    let z := I.fromZ prec (snd e) in plus prec (map (I.mul prec z) (gram_row prec P Q (fst e))) s) zeros l in
  {| aim_low := map I.lower sums;
     aim_norm := I.sqrt prec (list_total prec l (fun e =>
       I.mul prec (I.fromZ prec (snd e)) (at1 sums (fst e)))) |}.
Definition aims (A : aim) (l : list (nat * Z)) : Prop :=
  lows (aim_low A) (fun y => sum_over l (fun e => IZR (snd e) * gram M B q (fst e) y)) /\
  In (aim_norm A) (sqrt (sum_over l (fun e =>
    IZR (snd e) * sum_over l (fun f => IZR (snd f) * gram M B q (fst f) (fst e))))).

Lemma aim_at_aims l : aims (aim_at l) l.
Proof.
  unfold aims, aim_at. cbn [aim_low aim_norm]. set (sums := fold_right _ _ l).
  assert (H : vec sums (fun y => sum_over l (fun e => IZR (snd e) * gram M B q (fst e) y))).
  { unfold sums. clear sums. induction l as [|e l IH]; cbn [fold_right sum_over].
    - apply (vec_of _ (its_keys P) []). intros. apply In_zero.
    - apply vec_plus; [|exact IH]. apply (vec_map _ (fun u => IZR (snd e) * u)).
      + intros. apply In_mul; [apply In_Z|assumption].
      + rewrite <- Q_token. now apply vec_gram. }
  split; [now apply lows_map_lower|]. apply In_sqrt, In_list_total. intros e. apply In_mul; [apply In_Z|apply H].
Qed.

(* ---- what adding up the vectors at some distances gains over adding up their norms *)
Definition group_gain (G : list (nat * nat)) : I.type :=
  let m e := at1 (row (v_rows V) (fst e)) (snd e) in
  I.sub prec (list_total prec G (fun e => I.mul prec (m e) (at1 (v_norms V) (snd e))))
    (I.sqrt prec (list_total prec G (fun e => I.mul prec (m e)
      (list_total prec G (fun f => I.mul prec (m f) (gram_at prec P Q (snd e) (snd f))))))).
Lemma In_group_gain G : In (group_gain G)
  (sum_over G (fun e => mass M B q (fst e) (snd e) * norm D (slant M B q (snd e)))
   - sqrt (sum_over G (fun e => mass M B q (fst e) (snd e) *
       sum_over G (fun f => mass M B q (fst f) (snd f) * gram M B q (snd e) (snd f))))).
Proof.
  apply In_sub; [|apply In_sqrt]; apply In_list_total; intros e; apply In_mul; try apply rows_hold.
  - apply norms_fit.
  - apply In_list_total. intros f. apply In_mul; [apply rows_hold|]. rewrite <- Q_token. now apply In_gram.
Qed.

(* ---- bounds that are put in for known tokens *)
Fixpoint put (i : nat) (v : F.type) (l : list F.type) : list F.type :=
  match l, i with
  | [], _ => []
  | _ :: l, O => v :: l
  | u :: l, S i => u :: put i v l
  end.
Lemma put_spec v : forall l i j, low (put i v l) j = (if (j =? i) && (i <? length l) then v else low l j)%nat.
Proof.
  induction l as [|u l IH]; intros [|i] [|j]; cbn; try reflexivity; try now rewrite andb_false_r.
  specialize (IH i j). unfold low in *. cbn. rewrite IH. reflexivity.
Qed.
Lemma put_length v : forall l i, length (put i v l) = length l.
Proof. induction l as [|u l IH]; intros [|i]; cbn; congruence. Qed.

(* what token y adds at distance t *)
Definition product (g : list F.type) (e : nat * nat) : F.type :=
  low (scaled prec (low g (snd e)) (nth (snd e) (v_columns V) ([], []))) (fst e - 1).
Definition put_all (g : list F.type) (fixed : list (nat * nat)) (terms : list F.type) : list F.type :=
  fold_left (fun l e => put (fst e - 1) (product g e) l) fixed terms.

Lemma product_below g value e : lows g value -> (0 < fst e)%nat ->
  below (product g e) (mass M B q (fst e) (snd e) * value (snd e)).
Proof.
  intros Hg He. pose proof (lows_scaled prec _ _ _ _ (Hg (snd e)) (columns_fit (snd e)) (fst e - 1)%nat) as H.
  cbv beta in H. replace (S (fst e - 1)) with (fst e) in H by lia. exact H.
Qed.

(* ---- one leaf: a bound for one rival at all lengths of a range *)
Definition values (a c : nat) (A : aim) (high : bool) (k : I.type) : list F.type :=
  let head := I.lower (I.sub prec (at1 (its_reads Q) a) (at1 (its_reads Q) c)) in
  let kk := ends k in
  zip (fun u v => F.add_DN prec (F.add_DN prec u head) (times_below prec kk v))
    (zip (F.add_DN prec) (low_row lo a) (low_row neg c))
    (if high then aim_low A else v_minus_norms V).

(* does the walk succeed, if tokens up to a threshold count by themselves? *)
Definition walks (a : nat) (g : list F.type) (extra : F.type) (fixed : list (nat * nat))
    (from upto : nat) (opens : list bool) (tokens : list weighed) (threshold : F.type) : bool :=
  let before := F.add_DN prec (times_below prec (ends (at1 (row (v_rows V) 0) q)) (low g q)) extra in
  let owns := scaled prec (low g a) (nth a (v_columns V) ([], [])) in
  let terms := firstn (upto - 1) (least_products prec threshold tokens (v_hull V)) in
  if (upto - 1 <=? length terms)%nat
  then walk prec (from - 1 - 1) before None (put_all g fixed terms) owns opens else false.
Definition succeeds (a : nat) (g : list F.type) (extra : F.type) (fixed : list (nat * nat))
    (from upto : nat) (opens : list bool) : bool :=
  let tokens := pick (v_mask V) g (v_columns V) in
  let w := walks a g extra fixed from upto opens tokens in
  if w (smallest 1 tokens) then true else if w (smallest 6 tokens) then true else w F.nan.
Lemma succeeds_walks a g extra fixed from upto opens : succeeds a g extra fixed from upto opens = true ->
  exists threshold,
    walks a g extra fixed from upto opens (pick (v_mask V) g (v_columns V)) threshold = true.
Proof.
  unfold succeeds. destruct (walks _ _ _ _ _ _ _ _ (smallest 1 _)) eqn:E1; [eauto|].
  destruct (walks _ _ _ _ _ _ _ _ (smallest 6 _)) eqn:E2; eauto.
Qed.

Definition leaf (a : nat) (A : aim) (gain : I.type) (fixed : list (nat * nat)) (from upto : nat)
    (opens : list bool) (c : nat) : bool :=
  let b := I.sub prec (at1 (its_bias P) a) (at1 (its_bias P) c) in
  if nonneg b then
    let k := I.div prec b (aim_norm A) in
    if fine k && positive (aim_norm A)
    then succeeds a (values a c A true k) F.zero fixed from upto opens else false
  else
    let k := I.abs b in
    if fine k
    then succeeds a (values a c A false k) (I.lower (I.mul prec k gain)) fixed from upto opens else false.

(* ---- what a leaf shows *)
Section Leaf.
Variables (a c : nat) (l : list (nat * Z)) (A : aim) (gain : I.type).
Variables (fixed : list (nat * nat)) (G : list (nat * nat)) (from upto : nat) (opens : list bool).
Hypothesis A_aims : aims A l.
Hypothesis gain_below : gain = group_gain G.
Hypothesis leaf_true : leaf a A gain fixed from upto opens c = true.
Variables (n d : nat) (x : nat -> nat).
Notation token := (back n x).
Hypothesis in_range : (from <= n <= upto)%nat.
Hypothesis d_pos : (0 < d < n)%nat.
Hypothesis d_open : nth (d - 1) opens false = true.
Hypothesis asks_q : last_token n x = q.
Hypothesis answer_there : token d = a.
Hypothesis others_there : forall t, (0 < t < n)%nat -> t <> d -> List.In (token t) (others K).
Hypothesis fixed_there : forall e, List.In e fixed -> token (fst e) = snd e /\ (0 < fst e)%nat.
Hypothesis group_there : forall e, List.In e G -> token (fst e) = snd e /\ (fst e < n)%nat.
Hypothesis group_apart : NoDup (map fst G).

Notation m := (masses M B n x).
Lemma m_eq t : m t = mass M B q t (token t).
Proof. unfold masses. now rewrite asks_q. Qed.
Lemma token_first : token 0 = q.
Proof. unfold back. rewrite Nat.sub_0_r. exact asks_q. Qed.

(* what stands at a distance other than 0 and d adds at least its bound *)
Section Terms.
Variables (g : list F.type) (value : nat -> R) (threshold : F.type).
Hypothesis g_low : lows g value.
Notation tokens := (pick (v_mask V) g (v_columns V)).
Notation least_terms := (firstn (upto - 1) (least_products prec threshold tokens (v_hull V))).

Lemma tokens_weigh c' : List.In c' tokens -> exists f y, weighs c' f y.
Proof.
  intros H. apply pick_only in H. destruct H as (j & _ & _ & ->).
  eexists _, (value j). split; [apply g_low|apply columns_fit].
Qed.
Lemma tokens_hull c' f y : List.In c' tokens -> weighs c' f y -> holds (v_hull V) f.
Proof. intros H [_ Hf]. apply pick_only in H. destruct H as (j & Hj & Lj & ->). now apply (hull_fits j). Qed.

Lemma least_terms_below i : (S i < n)%nat -> S i <> d ->
  below (low least_terms i) (m (S i) * value (token (S i))).
Proof.
  intros Hi Ni. rewrite m_eq. apply low_firstn.
  destruct (others_masked _ (others_there (S i) ltac:(lia) Ni)) as [Hm Hc].
  exact (least_products_sound prec threshold _ _ tokens_weigh tokens_hull _ _ (value (token (S i)))
    (pick_in _ g _ _ Hm Hc) (conj (g_low (token (S i))) (columns_fit (token (S i)))) i).
Qed.
Lemma least_terms_valid i : F.valid_lb (low least_terms i) = true.
Proof.
  destruct (valid_below _ (least_products_valid prec threshold _ _ tokens_weigh tokens_hull i)) as (u & Hu).
  exact (proj1 (low_firstn _ _ _ _ Hu)).
Qed.

Lemma put_all_sound : forall fixed terms,
  (forall e, List.In e fixed -> token (fst e) = snd e /\ (0 < fst e)%nat) ->
  (forall i, F.valid_lb (low terms i) = true) ->
  (forall i, (S i < n)%nat -> S i <> d -> below (low terms i) (m (S i) * value (token (S i)))) ->
  (forall i, F.valid_lb (low (put_all g fixed terms) i) = true) /\
  (forall i, (S i < n)%nat -> S i <> d ->
    below (low (put_all g fixed terms) i) (m (S i) * value (token (S i)))) /\
  length (put_all g fixed terms) = length terms.
Proof.
  induction fixed0 as [|e fixed0 IH]; intros terms Hf Hv Ht; [auto|]. cbn [put_all fold_left].
  destruct (Hf e (or_introl eq_refl)) as [Et Ep].
  pose proof (product_below g value e g_low Ep) as He.
  destruct (IH (put (fst e - 1) (product g e) terms)) as (H1 & H2 & H3).
  - intros e' H'. apply Hf. now right.
  - intros i. rewrite put_spec. destruct (_ && _); [exact (proj1 He)|apply Hv].
  - intros i Hi Ni. rewrite put_spec.
    destruct (Nat.eqb_spec i (fst e - 1)) as [E|_]; [|now apply Ht].
    destruct (_ <? _)%nat; [|now apply Ht]. cbn [andb].
    assert (E' : S i = fst e) by lia. rewrite m_eq, E', Et. exact He.
  - split; [exact H1|split; [exact H2|]]. etransitivity; [exact H3|apply put_length].
Qed.
End Terms.

(* a walk that succeeds bounds the sum over the positions, and what is given at the query *)
Lemma walk_bounds g value extra e threshold : lows g value -> below extra e ->
  walks a g extra fixed from upto opens (pick (v_mask V) g (v_columns V)) threshold = true ->
  0 < sum n (fun t => m t * value (token t)) + e.
Proof.
  intros Hg He Hw. unfold walks in Hw. set (terms := firstn _ _) in Hw.
  set (before := F.add_DN prec _ extra) in Hw. set (owns := scaled prec _ _) in Hw.
  destruct (upto - 1 <=? length terms)%nat eqn:Hlen; [|discriminate]. apply Nat.leb_le in Hlen.
  set (r := fun t => m t * value (token t) + (if (t =? 0)%nat then e else 0)).
  assert (Er : sum n r = sum n (fun t => m t * value (token t)) + e).
  { unfold r. rewrite sum_plus. f_equal. destruct n as [|k]; [lia|].
    cbn [sum Nat.eqb]. rewrite sum_zero. ring. }
  rewrite <- Er.
  assert (R0 : r O = mass M B q 0 q * value q + e).
  { unfold r. cbn [Nat.eqb]. now rewrite m_eq, token_first. }
  assert (RS : forall t, (0 < t)%nat -> r t = m t * value (token t)).
  { intros [|t] H; [lia|]. unfold r. cbn [Nat.eqb]. ring. }
  assert (Bb : below before (r O)).
  { rewrite R0. apply below_add; [|exact He]. apply below_times; [exact first_held|apply Hg]. }
  assert (Bo : lows owns (fun i => mass M B q (S i) a * value a)).
  { exact (lows_scaled prec _ _ _ _ (Hg a) (columns_fit a)). }
  destruct (put_all_sound g value Hg fixed terms fixed_there (least_terms_valid g value threshold Hg)
    (least_terms_below g value threshold Hg)) as (H1 & H2 & H3).
  refine (walk_sound prec r n d (proj2 d_pos) _ _ _ 1 from before None Hw (proj1 in_range) _ (proj1 Bb) _ H1 _ _ _ _).
  - rewrite H3. lia.
  - discriminate.
  - intros i. exact (proj1 (Bo i)).
  - intros _. split; [|split; [exact d_open|]].
    + cbn [sum]. rewrite Rplus_0_r. exact Bb.
    + rewrite RS by apply d_pos. rewrite m_eq, answer_there. specialize (Bo (d - 1)%nat). cbv beta in Bo.
      replace (S (d - 1)) with d in Bo by lia. exact Bo.
  - intros H. lia.
  - intros i Hi Ni. cbn [Nat.add] in *. rewrite RS by lia. apply H2; lia.
Qed.

(* the values that a leaf bounds *)
Lemma values_below (high : bool) k kr w : held (ends k) kr ->
  lows (if high then aim_low A else v_minus_norms V) w ->
  lows (values a c A high k) (fun y => lead M B q a c y + kr * w y).
Proof.
  intros Hk Hw. unfold values.
  apply (lows_ext _ (fun y => (reads M a (written M B y) + - reads M c (written M B y)
    + (reads M a (direct M B q) - reads M c (direct M B q))) + kr * w y)).
  { intros y. unfold lead. ring. }
  apply (lows_zip _ (fun u v => (u + (reads M a (direct M B q) - reads M c (direct M B q))) + kr * v)
    _ _ (fun y => reads M a (written M B y) + - reads M c (written M B y)) w); [|
    apply (lows_zip _ Rplus); [intros; now apply below_add|apply lo_low|apply neg_low]|exact Hw].
  intros u v ur vr Hu Hv. apply below_add; [|now apply below_times]. apply below_add; [exact Hu|].
  destruct Q_fits as (_ & HR & _). rewrite Q_token in HR. apply lower_below, In_sub; apply HR.
Qed.

Theorem leaf_sound : logit M n x c < logit M n x a.
Proof.
  pose proof leaf_true as H. unfold leaf in H. set (b := I.sub prec _ _) in H.
  assert (Hb : In b (bias M a - bias M c)) by (apply In_sub; apply P_fits).
  assert (n_pos : (0 < n)%nat) by lia.
  destruct (nonneg b) eqn:High.
  - set (k := I.div prec b (aim_norm A)) in H.
    destruct (fine k && positive (aim_norm A)) eqn:E; [|discriminate].
    apply andb_prop in E. destruct E as [Fk Pn]. destruct A_aims as [AL AN].
    assert (EN : In (aim_norm A) (toward_norm M B n x l)).
    { unfold toward_norm, toward. rewrite asks_q. exact AN. }
    pose proof (positive_correct _ _ Pn EN) as HN.
    assert (Hk : held (ends k) ((bias M a - bias M c) / toward_norm M B n x l)).
    { apply fine_held; [exact Fk|]. apply In_div; [exact Hb|exact EN]. }
    pose proof (values_below true k _ _ Hk AL) as Hv.
    destruct (succeeds_walks _ _ _ _ _ _ _ H) as (threshold & Hw).
    apply (answer_of_direction M B one_block one_head width_pos planes_fit epsilon_pos n x n_pos a c l
      (nonneg_correct _ _ High Hb) HN).
    assert (Z0 : below F.zero 0).
    { apply below_of; [rewrite F.valid_lb_correct, zero_class; reflexivity|]. rewrite F.zero_correct. lra. }
    pose proof (walk_bounds _ _ _ _ _ Hv Z0 Hw) as R. rewrite Rplus_0_r in R.
    unfold toward at 1. rewrite asks_q. exact R.
  - set (k := I.abs b) in H. destruct (fine k) eqn:Fk; [|discriminate].
    assert (Hk : held (ends k) (Rabs (bias M a - bias M c))).
    { apply fine_held; [exact Fk|]. now apply In_abs. }
    pose proof (values_below false k _ _ Hk minus_norms_low) as Hv.
    destruct (succeeds_walks _ _ _ _ _ _ _ H) as (threshold & Hw).
    assert (Hgain : below (I.lower (I.mul prec k gain)) (Rabs (bias M a - bias M c) *
      (sum_over (map fst G) (fun d => m d * norm D (slant M B q (token d)))
       - norm D (fun i => sum_over (map fst G) (fun d => m d * slant M B q (token d) i))))).
    { apply lower_below, In_mul; [now apply In_abs|]. rewrite gain_below.
      pose proof (group_norm M B n x (map fst G)) as E. rewrite asks_q in E. rewrite E.
      rewrite !sum_over_map.
      rewrite (sum_over_ext G _ (fun e => mass M B q (fst e) (snd e) * norm D (slant M B q (snd e)))).
      2:{ intros e He. now rewrite m_eq, (proj1 (group_there e He)). }
      rewrite (sum_over_ext G (fun e => m (fst e) * _) (fun e => mass M B q (fst e) (snd e) *
        sum_over G (fun f => mass M B q (fst f) (snd f) * gram M B q (snd e) (snd f)))).
      2:{ intros e He. rewrite sum_over_map, m_eq, (proj1 (group_there e He)). f_equal. apply sum_over_ext.
          intros f Hf. now rewrite m_eq, (proj1 (group_there f Hf)). }
      apply In_group_gain. }
    pose proof (walk_bounds _ _ _ _ _ Hv Hgain Hw) as R.
    apply (answer_of_group M B one_block one_head width_pos planes_fit epsilon_pos n x n_pos a c (map fst G)).
    + exact group_apart.
    + intros e He. apply in_map_iff in He. destruct He as (f & <- & Hf). apply (group_there f Hf).
    + rewrite asks_q. eapply Rlt_le_trans; [exact R|]. right. f_equal. apply sum_ext. intros t _. ring.
Qed.
End Leaf.

(* ---- splits by the token that stands at a distance *)
Definition group (places : list nat) (a : nat) (fixed : list (nat * nat)) : list (nat * nat) :=
  match places with
  | [d] => (0%nat, q) :: (d, a) :: fixed
  | _ => match fixed with [] => [] | _ => (0%nat, q) :: fixed end
  end.
Definition open_at (places : list nat) : list bool :=
  map (fun t => member t places) (seq 1 (length (v_rows V) - 1)).

Section Tree.
Variables (a c from upto : nat) (places : list nat) (opens : list bool).
Fixpoint tree_ok (fixed : list (nat * nat)) (T : tree) : bool :=
  match T with
  | Leaf l => leaf a (aim_at l) (group_gain (group places a fixed)) fixed from upto opens c
  | Split s branches =>
      (0 <? s)%nat && (s <? from)%nat && negb (member s places) && negb (member s (map fst fixed)) &&
      forallb (fun y => member y (map fst branches)) (others K) &&
      (fix all l := match l with
        | [] => true
        | (y, U) :: l => if tree_ok ((s, y) :: fixed) U then all l else false
        end) branches
  end.

Definition fixable (fixed : list (nat * nat)) : Prop :=
  NoDup (map fst fixed) /\
  forall s, List.In s (map fst fixed) -> (0 < s < from)%nat /\ ~ List.In s places.

Lemma all_branches s fixed (branches : list (nat * tree)) :
  (fix all l := match l with
    | [] => true
    | (y, U) :: l => if tree_ok ((s, y) :: fixed) U then all l else false
    end) branches = true ->
  forall y U, List.In (y, U) branches -> tree_ok ((s, y) :: fixed) U = true.
Proof.
  induction branches as [|[z U'] l IH]; intros H y U Hin; [destruct Hin|].
  destruct (tree_ok ((s, z) :: fixed) U') eqn:E; [|discriminate].
  destruct Hin as [G|Hin]; [injection G as <- <-; exact E|now apply IH].
Qed.

Hypothesis places_pos : forall d, List.In d places -> (0 < d)%nat.
Hypothesis places_open : forall d, List.In d places -> (d < upto)%nat -> nth (d - 1) opens false = true.

Lemma tree_sound : forall T fixed, tree_ok fixed T = true -> fixable fixed ->
  forall n d x, (from <= n <= upto)%nat -> List.In d places -> (d < n)%nat ->
  last_token n x = q -> back n x d = a ->
  (forall t, (0 < t < n)%nat -> t <> d -> List.In (back n x t) (others K)) ->
  (forall e, List.In e fixed -> back n x (fst e) = snd e) ->
  logit M n x c < logit M n x a.
Proof.
  refine (tree_rect_deep _ _ _).
  - intros l fixed H [Nf Hf] n d x Hn Hd Hdn Hq Ha Ho He. cbn [tree_ok] in H.
    assert (Hin : forall e, List.In e fixed -> List.In (fst e) (map fst fixed)).
    { intros e. exact (in_map fst fixed e). }
    assert (Eq : back n x 0 = q) by (unfold back; now rewrite Nat.sub_0_r).
    pose proof (places_pos d Hd) as Hd0.
    assert (Hg : (forall e, List.In e (group places a fixed) -> back n x (fst e) = snd e /\ (fst e < n)%nat)
      /\ NoDup (map fst (group places a fixed))).
    { assert (Hfix : forall e, List.In e fixed -> back n x (fst e) = snd e /\ (fst e < n)%nat).
      { intros e Hi. split; [now apply He|]. specialize (Hf _ (Hin e Hi)). lia. }
      assert (N0 : ~ List.In 0%nat (map fst fixed)) by (intros G; specialize (Hf _ G); lia).
      assert (Two : places = [d] -> group places a fixed = (0%nat, q) :: (d, a) :: fixed) by (intros ->; reflexivity).
      destruct places as [|d1 [|d2 rest]] eqn:Epl.
      - destruct Hd.
      - destruct Hd as [->|[]]. rewrite (Two eq_refl). split.
        + intros e [<-|[<-|Hi]]; cbn [fst snd]; [split; [exact Eq|lia]|split; [exact Ha|exact Hdn]|now apply Hfix].
        + cbn [map fst]. constructor; [|constructor; [|exact Nf]].
          * intros [G|G]; [lia|contradiction].
          * intros G. destruct (Hf _ G) as [_ G']. apply G'. now left.
      - unfold group. destruct fixed as [|f0 fixed']; [split; [intros e []|constructor]|]. split.
        + intros e [<-|Hi]; cbn [fst snd]; [split; [exact Eq|lia]|now apply Hfix].
        + cbn [map]. constructor; [exact N0|exact Nf]. }
    apply (leaf_sound a c l (aim_at l) (group_gain (group places a fixed)) fixed
      (group places a fixed) from upto opens) with d; try assumption.
    + apply aim_at_aims.
    + reflexivity.
    + lia.
    + apply places_open; [exact Hd|lia].
    + intros e Hi. split; [now apply He|]. specialize (Hf _ (Hin e Hi)). lia.
    + exact (proj1 Hg).
    + exact (proj2 Hg).
  - intros s branches IH fixed H [Nf Hf] n d x Hn Hd Hdn Hq Ha Ho He. cbn [tree_ok] in H.
    rewrite !andb_true_iff in H. destruct H as [[[[[H0 H1] H2] H3] H4] H5].
    apply Nat.ltb_lt in H0, H1. apply negb_true_iff, not_member in H2, H3. rewrite forallb_forall in H4.
    assert (Hs : List.In (back n x s) (others K)).
    { apply Ho; [lia|]. intros ->. contradiction. }
    specialize (H4 _ Hs). apply member_spec in H4. apply in_map_iff in H4. destruct H4 as ((y & U) & Ey & HU).
    cbn [fst] in Ey. subst y.
    apply (IH _ U HU ((s, back n x s) :: fixed) (all_branches s fixed branches H5 _ _ HU)) with d; try assumption.
    + split; cbn [map fst]; [now constructor|]. intros t [<-|G]; [split; [lia|exact H2]|now apply Hf].
    + intros e [<-|G]; [reflexivity|now apply He].
Qed.
End Tree.

(* ---- one answer and one rival, over a range of lengths *)
Definition attempt_ok (a c : nat) (t : attempt) : bool :=
  (upto t <=? length (v_rows V))%nat && forallb (fun d => 0 <? d)%nat (at_places t) &&
  tree_ok a c (from t) (upto t) (at_places t) (open_at (at_places t)) [] (by_tree t).
Definition covers (t : attempt) (n d : nat) : bool :=
  (from t <=? n)%nat && (n <=? upto t)%nat && member d (at_places t).
Definition covered (first final : nat) (l : list attempt) : bool :=
  forallb (fun n => forallb (fun d => if (d <? n)%nat then existsb (fun t => covers t n d) l else true)
    (places K)) (seq first (S final - first)).

Definition pair_ok (a first final : nat) (hints : list hint) (A : aim) (gain : I.type) (opens : list bool)
    (c : nat) : bool :=
  match find (fun h => against h =? c)%nat hints with
  | None => leaf a A gain [] first final opens c
  | Some h => forallb (attempt_ok a c) (attempts h) && covered first final (attempts h)
  end.
Definition answer_ok (first final : nat) (opens : list bool) (answer : nat * list hint) : bool :=
  let (a, hints) := answer in
  let A := aim_at [(a, 1%Z)] in
  let gain := group_gain (group (places K) a []) in
  forallb (fun c => if (c =? a)%nat then true else pair_ok a first final hints A gain opens c)
    (seq 0 (vocab M)).
Definition range_ok (opens : list bool) (R : range) : bool :=
  (final R <=? length (v_rows V))%nat &&
  forallb (answer_ok (first R) (final R) opens) (their_answers R).

Lemma places_open_at l d upto : List.In d l -> (0 < d)%nat -> (d < upto)%nat ->
  (upto <= length (v_rows V))%nat -> nth (d - 1) (open_at l) false = true.
Proof.
  intros Hd H0 H1 H2. unfold open_at.
  rewrite (nth_indep _ _ (member 0 l)) by (rewrite map_length, seq_length; lia).
  rewrite (map_nth (fun t => member t l)), seq_nth by lia. apply member_spec.
  now replace (1 + (d - 1))%nat with d by lia.
Qed.

Hypothesis places_positive : forall d, List.In d (places K) -> (0 < d)%nat.

Lemma range_sound R a hints : range_ok (open_at (places K)) R = true ->
  List.In (a, hints) (their_answers R) -> claim_holds M K (first R) (final R) a.
Proof.
  unfold range_ok. rewrite andb_true_iff, forallb_forall. intros [Hlong H] Ha.
  apply Nat.leb_le in Hlong. specialize (H _ Ha). unfold answer_ok in H.
  rewrite forallb_forall in H. intros n d x Hn (Hd & Hdn & Hq & Hxa & Ho) c Hc Hca.
  specialize (H c ltac:(apply in_seq; lia)). destruct (Nat.eqb_spec c a) as [E|_]; [contradiction|].
  unfold pair_ok in H. destruct (find _ hints) as [h|].
  - apply andb_prop in H. destruct H as [Hall Hcov]. rewrite forallb_forall in Hall.
    unfold covered in Hcov. rewrite forallb_forall in Hcov. specialize (Hcov n ltac:(apply in_seq; lia)).
    rewrite forallb_forall in Hcov. specialize (Hcov d Hd).
    rewrite (proj2 (Nat.ltb_lt d n) Hdn) in Hcov. apply existsb_exists in Hcov.
    destruct Hcov as (t & Ht & Hc'). unfold covers in Hc'. rewrite !andb_true_iff in Hc'.
    destruct Hc' as [[C1 C2] C3]. apply Nat.leb_le in C1, C2. apply member_spec in C3.
    specialize (Hall t Ht). unfold attempt_ok in Hall. rewrite !andb_true_iff, forallb_forall in Hall.
    destruct Hall as [[U Pos] Tok]. apply Nat.leb_le in U.
    assert (Pos' : forall d, List.In d (at_places t) -> (0 < d)%nat).
    { intros e He. apply Nat.ltb_lt. now apply Pos. }
    apply (tree_sound a c (from t) (upto t) (at_places t) (open_at (at_places t)) Pos') with (by_tree t) [] d;
      try assumption; try lia.
    + intros e He L. apply (places_open_at _ e (upto t)); auto.
    + split; [constructor|intros s []].
    + intros e [].
  - pose proof (tree_sound a c (first R) (final R) (places K) (open_at (places K)) places_positive) as G.
    apply (G (fun e He L => places_open_at _ e (final R) He (places_positive e He) L Hlong) (Leaf [(a, 1%Z)]) [] H)
      with d; try assumption; try lia.
    + split; [constructor|intros s []].
    + intros e [].
Qed.
End Query.

(* ---- all claims of some queries *)
Definition longest (C : claims) : nat := fold_right (fun R => Nat.max (final R)) O (ranges C).
Definition claims_ok (C : claims) : bool :=
  let K := their_kind C in
  match find (fun Q => its_token Q =? query_token K)%nat (its_queries P) with
  | None => false
  | Some Q =>
      let V := view_of prec M P K Q (longest C) in
      view_sane P K V && forallb (fun d => 0 <? d)%nat (places K) &&
      forallb (range_ok K Q V (open_at V (places K))) (ranges C)
  end.

Lemma claims_sound C : claims_ok C = true -> forall R a hints, List.In R (ranges C) ->
  List.In (a, hints) (their_answers R) -> claim_holds M (their_kind C) (first R) (final R) a.
Proof.
  unfold claims_ok. set (K := their_kind C). destruct (find _ (its_queries P)) as [Q|] eqn:E; [|discriminate].
  apply find_some in E. destruct E as [HQ Et]. apply Nat.eqb_eq in Et.
  pose proof P_fits as (_ & _ & _ & _ & _ & _ & _ & FQ). specialize (FQ Q HQ).
  rewrite !andb_true_iff. intros [[Hs Hp] Hr] R a hints HR Ha. rewrite forallb_forall in Hp, Hr.
  assert (Hp' : forall d, List.In d (places K) -> (0 < d)%nat) by (intros; apply Nat.ltb_lt; now apply Hp).
  refine (range_sound K Q (view_of prec M P K Q (longest C)) FQ Et _ _ _ _ _ _ _ Hp' R a hints (Hr R HR) Ha).
  - now apply (first_held prec M B).
  - now apply (rows_hold prec M B).
  - now apply (columns_fit prec M B).
  - now apply (hull_fits prec M B).
  - now apply (others_masked prec M P).
  - now apply (norms_fit prec M B).
  - now apply (minus_norms_low prec M B).
Qed.
End Precision.
End Claims.
