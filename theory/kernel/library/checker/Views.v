(* What one query's claims need: masses by token, readings and norms, in floats. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Walk Margins Kinds.

Module Views (F : FloatOps with Definition radix := radix2
                             with Definition sensible_format := true).
Module Export Walks := Walk F.

(* ---- columns of a matrix; the tokens of a mask and the hull of their masses *)
Fixpoint columns (width : nat) (rows : list (list I.type)) : list (list I.type) :=
  match rows with
  | [] => repeat [] width
  | r :: rows => zip cons r (columns width rows)
  end.
Lemma cons_column f : forall cols r y, In (at1 r y) (f O) -> vec (nth y cols []) (fun t => f (S t)) ->
  vec (nth y (zip cons r cols) []) f.
Proof.
  induction cols as [|c cols IH]; intros [|i r] y H0 H; try (destruct y; apply vec_nil).
  destruct y as [|y]; [|exact (IH r y H0 H)]. intros [|t]; [exact H0|exact (H t)].
Qed.
Lemma columns_hold width rows : forall f y, mat rows f ->
  vec (nth y (columns width rows) []) (fun t => f t y).
Proof.
  induction rows as [|r rows IH]; intros f y H; cbn [columns].
  - replace (nth y (repeat [] width) []) with (@nil I.type); [apply vec_nil|].
    symmetry. revert y. induction width; intros [|y]; cbn; auto.
  - apply cons_column; [exact (H O y)|]. apply (IH (fun t => f (S t))). intros t. exact (H (S t)).
Qed.

(* the tokens of a mask, each with its value and its masses *)
Fixpoint pick (mask : list bool) (values : list F.type) (cols : list column) : list weighed :=
  match mask, cols with
  | chosen :: mask, c :: cols =>
      let rest := pick mask (tl values) cols in
      if chosen then (hd F.nan values, c) :: rest else rest
  | _, _ => []
  end.
Lemma low_tl l i : low (tl l) i = low l (S i).
Proof. destruct l; [destruct i|]; reflexivity. Qed.
Lemma pick_in : forall mask values cols i, nth i mask false = true -> (i < length cols)%nat ->
  List.In (low values i, nth i cols ([], [])) (pick mask values cols).
Proof.
  induction mask as [|b mask IH]; intros values [|c cols] i Hm Hi; try (cbn in Hi; lia);
    [destruct i; discriminate|]. cbn [pick]. destruct i as [|i].
  - cbn in Hm. subst b. left. destruct values; reflexivity.
  - cbn in Hm, Hi. specialize (IH (tl values) cols i Hm ltac:(lia)). rewrite low_tl in IH.
    cbn [nth]. destruct b; [right|]; exact IH.
Qed.
Lemma pick_only : forall mask values cols c, List.In c (pick mask values cols) ->
  exists i, nth i mask false = true /\ (i < length cols)%nat /\ c = (low values i, nth i cols ([], [])).
Proof.
  induction mask as [|b mask IH]; intros values [|c0 cols] c H; try destruct H. cbn [pick] in H.
  assert (H' : List.In c (pick mask (tl values) cols) -> exists i, nth i (b :: mask) false = true /\
    (i < length (c0 :: cols))%nat /\ c = (low values i, nth i (c0 :: cols) ([], []))).
  { intros G. destruct (IH _ _ _ G) as (i & Hm & Hi & E). exists (S i). rewrite low_tl in E.
    repeat split; [exact Hm|cbn; lia|exact E]. }
  destruct b; [|exact (H' H)]. destruct H as [<-|H]; [|exact (H' H)].
  exists O. repeat split; [cbn; lia|]. destruct values; reflexivity.
Qed.

Definition widen (h : column) (c : weighed) : column := wider_column h (snd c).
Definition hull_of (l : list weighed) : column :=
  match l with
  | [] => ([], [])
  | c :: l => fold_left widen l (snd c)
  end.
Lemma hull_fold l : forall h f, holds h f -> (forall c, List.In c l -> exists f, holds (snd c) f) ->
  holds (fold_left widen l h) f /\
  forall c g, List.In c l -> holds (snd c) g -> holds (fold_left widen l h) g.
Proof.
  induction l as [|c l IH]; intros h f H Hl; [split; [exact H|intros ? ? []]|]. cbn [fold_left].
  destruct (Hl c (or_introl eq_refl)) as (g0 & G0).
  assert (Hl' : forall c, List.In c l -> exists f, holds (snd c) f) by (intros; apply Hl; now right).
  split; [exact (proj1 (IH _ _ (proj1 (holds_wider _ _ _ _ H G0)) Hl'))|].
  intros c' g [<-|Hin] G.
  - exact (proj1 (IH _ _ (proj2 (holds_wider _ _ _ _ H G)) Hl')).
  - exact (proj2 (IH _ _ (proj1 (holds_wider _ _ _ _ H G0)) Hl') c' g Hin G).
Qed.
Lemma hull_holds l : (forall c, List.In c l -> exists f, holds (snd c) f) ->
  forall c f, List.In c l -> holds (snd c) f -> holds (hull_of l) f.
Proof.
  intros Hl c f Hc H. destruct l as [|c0 l]; [destruct Hc|]. cbn [hull_of].
  destruct (Hl c0 (or_introl eq_refl)) as (g & G).
  assert (Hl' : forall c, List.In c l -> exists f, holds (snd c) f) by (intros; apply Hl; now right).
  destruct Hc as [<-|Hc]; [exact (proj1 (hull_fold l _ f H Hl'))|].
  exact (proj2 (hull_fold l _ g G Hl') c f Hc H).
Qed.

Section Precision.
Variable prec : F.precision.
Variables (M : gptj) (B : block).
Notation W := (width M).

(* What the check is about; see [sane] for how it is checked. *)
Hypothesis one_block : blocks M = B :: nil.
Hypothesis one_head : heads M = 1%nat.
Hypothesis width_pos : (0 < W)%nat.
Hypothesis planes_fit : (2 * planes M <= W)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.

Variable P : parts.
Hypothesis P_fits : fit M B P.

(* ---- sums over lists *)
Definition list_total {A} (l : list A) (g : A -> I.type) : I.type :=
  fold_right (fun e s => I.add prec (g e) s) I.zero l.
Lemma In_list_total {A} (l : list A) g f : (forall e, In (g e) (f e)) -> In (list_total l g) (sum_over l f).
Proof. intros H. induction l as [|e l IH]; [apply In_zero|]. apply In_add; [apply H|exact IH]. Qed.

(* ---- what classes read of what tokens write, and its negative, from below *)
Definition low_row (A : list (list F.type)) (i : nat) : list F.type := nth i A [].
Definition readings : list (list F.type) := map (map I.lower) (its_linear P).
Definition minus_readings : list (list F.type) := map (map (fun i => I.lower (I.neg i))) (its_linear P).

Lemma low_row_map (h : I.type -> F.type) A i : low_row (map (map h) A) i = map h (row A i).
Proof. exact (map_nth (map h) A [] i). Qed.
Lemma lows_map_minus v f : vec v f -> lows (map (fun i => I.lower (I.neg i)) v) (fun i => - f i).
Proof.
  intros H. rewrite <- map_map. apply lows_map_lower.
  apply (vec_map _ Ropp); [intros; now apply In_neg|exact H].
Qed.
Lemma readings_low c : lows (low_row readings c) (fun y => reads M c (written M B y)).
Proof. unfold readings. rewrite low_row_map. apply lows_map_lower, P_fits. Qed.
Lemma minus_readings_low c : lows (low_row minus_readings c) (fun y => - reads M c (written M B y)).
Proof. unfold minus_readings. rewrite low_row_map. apply lows_map_minus, P_fits. Qed.

(* ---- one query *)
Record view := {
  v_part : query_part;
  v_rows : list (list I.type);      (* masses: distances x tokens *)
  v_columns : list column;          (* tokens x distances 1, 2, ... *)
  v_mask : list bool;               (* tokens that may stand anywhere *)
  v_hull : column;                  (* of their masses *)
  v_norms : list I.type;            (* of the slants of tokens *)
  v_minus_norms : list F.type       (* negative, from below *)
}.

Definition view_of (K : kind) (Q : query_part) (longest : nat) : view :=
  let rows := mass_rows prec M P Q longest in
  let tokens := length (its_keys P) in
  let cols := map column_of (columns tokens (tl rows)) in
  let mask := map (fun y => member y (others K)) (seq 0 tokens) in
  let norms := norms prec P Q in
  {| v_part := Q; v_rows := rows; v_columns := cols; v_mask := mask;
     v_hull := hull_of (pick mask [] cols);
     v_norms := norms; v_minus_norms := map (fun i => I.lower (I.neg i)) norms |}.
(* all masses are between floats, and all tokens are in the tables *)
Definition view_sane (K : kind) (V : view) : bool :=
  fine (at1 (row (v_rows V) 0) (query_token K)) &&
  forallb (forallb fine) (columns (length (its_keys P)) (tl (v_rows V))) &&
  forallb (fun y => y <? length (v_columns V))%nat (others K).

Section View.
Variables (K : kind) (Q : query_part) (longest : nat).
Notation V := (view_of K Q longest).
Notation q := (query_token K).
Hypothesis Q_fits : fit_query M B Q.
Hypothesis Q_token : its_token Q = q.
Hypothesis V_sane : view_sane K V = true.

Lemma rows_hold : mat (v_rows V) (mass M B q).
Proof. rewrite <- Q_token. now apply mat_masses. Qed.
Lemma first_held : held (ends (at1 (row (v_rows V) 0) q)) (mass M B q 0 q).
Proof.
  unfold view_sane in V_sane. rewrite !andb_true_iff in V_sane. destruct V_sane as [[H _] _].
  apply fine_held; [exact H|apply rows_hold].
Qed.
Lemma columns_fit y : holds (nth y (v_columns V) ([], [])) (fun i => mass M B q (S i) y).
Proof.
  unfold view_sane in V_sane. rewrite !andb_true_iff in V_sane. destruct V_sane as [[_ H] _].
  cbn [v_columns v_rows view_of] in *. set (rows := mass_rows prec M P Q longest) in *.
  pose proof (map_nth column_of (columns (length (its_keys P)) (tl rows)) [] y) as E.
  change (column_of []) with (([], []) : column) in E. rewrite E.
  apply column_holds.
  - destruct (Nat.ltb_spec y (length (columns (length (its_keys P)) (tl rows)))) as [L|L].
    + rewrite forallb_forall in H. now apply H, nth_In.
    + now rewrite nth_overflow.
  - apply (columns_hold _ _ (fun i y => mass M B q (S i) y)). intros i. pose proof rows_hold as R.
    specialize (R (S i)). cbn [v_rows view_of] in R. fold rows in R.
    destruct rows as [|r rows]; [destruct i; apply vec_nil|exact R].
Qed.
Lemma hull_fits i f : nth i (v_mask V) false = true -> (i < length (v_columns V))%nat ->
  holds (nth i (v_columns V) ([], [])) f -> holds (v_hull V) f.
Proof.
  intros Hm Hi H. apply (hull_holds (pick (v_mask V) [] (v_columns V))) with (low [] i, nth i (v_columns V) ([], []));
    [|now apply pick_in|exact H].
  intros c Hc. apply pick_only in Hc. destruct Hc as (j & _ & _ & ->). eexists. apply columns_fit.
Qed.
Lemma others_masked y : List.In y (others K) ->
  nth y (v_mask V) false = true /\ (y < length (v_columns V))%nat.
Proof.
  intros Hy. unfold view_sane in V_sane. rewrite !andb_true_iff in V_sane. destruct V_sane as [_ H].
  rewrite forallb_forall in H. pose proof (proj1 (Nat.ltb_lt _ _) (H y Hy)) as L. split; [|exact L].
  assert (L' : (y < length (its_keys P))%nat).
  { cbn [v_columns view_of] in L. rewrite map_length in L. eapply Nat.lt_le_trans; [exact L|].
    clear. generalize (tl (mass_rows prec M P Q longest)) as rows.
    assert (Z : forall r cols, (length (zip (@cons I.type) r cols) <= length cols)%nat).
    { intros r cols. revert r. induction cols as [|c cols IH]; intros [|i r]; cbn; try lia.
      specialize (IH r). lia. }
    induction rows as [|r rows IH]; cbn [columns]; [now rewrite repeat_length|].
    eapply Nat.le_trans; [apply Z|exact IH]. }
  cbn [v_mask view_of].
  rewrite (nth_indep _ _ (member 0 (others K))) by now rewrite map_length, seq_length.
  rewrite (map_nth (fun y => member y (others K))), seq_nth by exact L'. now apply member_spec.
Qed.
Lemma norms_fit : vec (v_norms V) (fun y => norm (S W) (slant M B q y)).
Proof. rewrite <- Q_token. now apply vec_norms. Qed.
Lemma minus_norms_low : lows (v_minus_norms V) (fun y => - norm (S W) (slant M B q y)).
Proof. apply lows_map_minus. exact norms_fit. Qed.
End View.
End Precision.
End Views.
