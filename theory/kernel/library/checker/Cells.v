(* What two blocks of one head make of every token after every other, computed once. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Circuits.

Module Cells (F : FloatOps with Definition radix := radix2
                            with Definition sensible_format := true).
Module Export Z := Circuits F.

(* what the cells are made of *)
Record ground := {
  ground_owns : list (list I.type);      (* tokens x width: what a token is, centred *)
  ground_written : list (list I.type);   (* tokens x width: what the first block writes of it, centred *)
  ground_queries : list (list I.type);   (* tokens x width: of the first block *)
  ground_keys : list (list I.type);
  ground_cos : list (list I.type);       (* distances x planes *)
  ground_sin : list (list I.type);
  ground_far : list I.type;              (* tokens: what may weigh further back than the token before *)
  second_keys : family * list I.type;    (* functionals of the second block, and of its shift *)
  second_queries : family * list I.type;
  second_writes : family * list I.type;
  second_aboves : list (family * list I.type);  (* classes: each class against all others *)
  direct_aboves : list family;           (* the same of a stream as it stands *)
  ground_late : list (list I.type)       (* classes x classes: differences of biases, at most 0 *)
}.
Record cell := {
  cell_key : list I.type;
  cell_query : list I.type;
  cell_counts : list (list F.type);      (* classes x classes, from below: what it counts if it is read *)
  cell_owns : list (list F.type)         (* classes x classes, from below: what it counts if it asks *)
}.
Definition no_cell : cell := {| cell_key := []; cell_query := []; cell_counts := []; cell_owns := [] |}.
Definition low_list (A : list (list F.type)) (i : nat) : list F.type := nth i A [].

Section Precision.
Variable prec : F.precision.
Variables (M : gptj) (B C : block).
Notation W := (width M).
Notation V := (vocab M).
Variable longest : nat.

(* ---- the parts *)
Definition first_mass_of (root : I.type) (cs sn queries keys : list (list I.type)) (b t y : nat) : I.type :=
  mass_of prec M root (row cs t) (row sn t) (pair_amplitudes prec M (row queries b) (row keys y)).
Definition far_of (root : I.type) (cs sn queries keys : list (list I.type)) (b : nat) : I.type :=
  total prec (longest - 2) (table (longest - 2) (fun t =>
    hull (map (first_mass_of root cs sn queries keys b (S (S t))) (seq 0 V)))).
Definition c_late (d : I.type) : I.type :=
  if nonneg d then I.zero else if nonneg (I.neg d) then d else I.nai.
Definition gained (v : list I.type) : list I.type := zip (I.mul prec) (vector prec M (ln_gain C)) v.
Definition wrote (v2 o2 : list (list I.type)) (v : list I.type) : list I.type :=
  c_centred prec M (apply_to prec W (apply_to prec W v v2) o2).

Definition build_ground : ground :=
  let e := matrix prec M (wte M) in
  let x := map (c_norm prec M (vector prec M (ln_gain B)) (vector prec M (ln_bias B))) e in
  let q := matrix prec M (q_proj B) in let k := matrix prec M (k_proj B) in
  let v := matrix prec M (v_proj B) in let o := matrix prec M (out_proj B) in
  let queries := map (fun y => apply_to prec W y q) x in
  let keys := map (fun y => apply_to prec W y k) x in
  let owns := map (c_centred prec M) e in
  let written := map (fun y => c_centred prec M (apply_to prec W (apply_to prec W y v) o)) x in
  let cs := turns prec M (I.cos prec) longest in let sn := turns prec M (I.sin prec) longest in
  let root := I.sqrt prec (natural prec W) in
  let shift := vector prec M (ln_bias C) in
  let q2 := matrix prec M (q_proj C) in let k2 := matrix prec M (k_proj C) in
  let v2 := matrix prec M (v_proj C) in let o2 := matrix prec M (out_proj C) in
  let head := matrix prec M (lm_head M) in
  let readouts := map (fun r => zip (I.mul prec) r (vector prec M (lnf_gain M))) head in
  let biases := plus prec (apply_to prec W (vector prec M (lnf_bias M)) head)
    (vector prec M (lm_head_bias M)) in
  let reads := family_of W (fun y => apply_to prec W (wrote v2 o2 (gained y)) readouts) owns written in
  let read_shift := apply_to prec W (wrote v2 o2 shift) readouts in
  let directs := family_of W (fun y => apply_to prec W y readouts) owns written in
  {| ground_owns := owns; ground_written := written; ground_queries := queries; ground_keys := keys;
     ground_cos := cs; ground_sin := sn;
     ground_far := table V (far_of root cs sn queries keys);
     second_keys := (family_of W (fun y => apply_to prec W (gained y) k2) owns written,
       apply_to prec W shift k2);
     second_queries := (family_of W (fun y => apply_to prec W (gained y) q2) owns written,
       apply_to prec W shift q2);
     second_writes := (family_of W (fun y => wrote v2 o2 (gained y)) owns written, wrote v2 o2 shift);
     second_aboves := table V (fun a => (against prec a V reads, less_each prec a read_shift));
     direct_aboves := table V (fun a => against prec a V directs);
     ground_late := table V (fun a => map c_late (less_each prec a biases)) |}.

Definition no_family : family := {| of_own := []; of_written := []; of_all := [] |}.
Record ground_fits (G : ground) : Prop := {
  owns_fit : mat (ground_owns G) (own M);
  written_fit : mat (ground_written G) (written M B);
  written_long : (V <= length (ground_written G))%nat;
  queries_fit : mat (ground_queries G) (token_query M B);
  keys_fit : mat (ground_keys G) (token_key M B);
  cos_fit : mat (ground_cos G) (fun t f => cos (INR t * angle M f));
  sin_fit : mat (ground_sin G) (fun t f => sin (INR t * angle M f));
  far_fit : forall b (pick : nat -> nat), (forall t, (pick t < V)%nat) ->
    In (at1 (ground_far G) b) (sum (longest - 2) (fun t => mass M B b (S (S t)) (pick t)));
  keys2_fit : family_fits M B (fst (second_keys G)) (fun j f => dot W (matr M (k_proj C) j)
      (fun i => second_gain M C i * f i)) /\
    vec (snd (second_keys G)) (fun j => dot W (matr M (k_proj C) j) (second_shift M C));
  queries2_fit : family_fits M B (fst (second_queries G)) (fun j f => dot W (matr M (q_proj C) j)
      (fun i => second_gain M C i * f i)) /\
    vec (snd (second_queries G)) (fun j => dot W (matr M (q_proj C) j) (second_shift M C));
  writes_fit : family_fits M B (fst (second_writes G)) (fun j f => writes M C
      (fun i => second_gain M C i * f i) j) /\
    vec (snd (second_writes G)) (writes M C (second_shift M C));
  aboves_fit : forall a, (a < V)%nat -> let A := nth a (second_aboves G) (no_family, []) in
    family_fits M B (fst A) (fun c f => above M a c (writes M C (fun i => second_gain M C i * f i))) /\
    vec (snd A) (fun c => above M a c (writes M C (second_shift M C)));
  directs_fit : forall a, (a < V)%nat ->
    family_fits M B (nth a (direct_aboves G) no_family) (fun c f => above M a c f);
  late_fit : forall a, vec (row (ground_late G) a) (late M a)
}.

Lemma nth_table {A} n (g : nat -> A) d i : (i < n)%nat -> nth i (table n g) d = g i.
Proof.
  intros H. unfold table. rewrite (nth_indep _ _ (g O)) by now rewrite map_length, seq_length.
  now rewrite (map_nth g), seq_nth.
Qed.
Lemma In_c_late d b : In d b -> In (c_late d) (Rmin b 0).
Proof.
  intros H. unfold c_late. destruct (nonneg d) eqn:E.
  - rewrite Rmin_right; [apply In_zero|]. exact (nonneg_correct _ _ E H).
  - destruct (nonneg (I.neg d)) eqn:G; [|apply In_nai]. rewrite Rmin_left; [exact H|].
    pose proof (nonneg_correct _ _ G (In_neg _ _ H)). lra.
Qed.
Lemma vec_gained v f : vec v f -> vec (gained v) (fun i => second_gain M C i * f i).
Proof. intros H. apply vec_zip; [intros; now apply In_mul|apply vec_vector|exact H]. Qed.
Lemma vec_wrote v f : vec v f ->
  vec (wrote (matrix prec M (v_proj C)) (matrix prec M (out_proj C)) v) (writes M C f).
Proof.
  intros H. apply vec_centred. apply vec_apply; [apply mat_matrix|].
  apply vec_apply; [apply mat_matrix|exact H].
Qed.

Hypothesis tokens_there : (V <= length (wte M))%nat.

Theorem build_ground_fits : ground_fits build_ground.
Proof.
  assert (HE : mat (matrix prec M (wte M)) (matr M (wte M))) by apply mat_matrix.
  assert (HX : mat (map (c_norm prec M (vector prec M (ln_gain B)) (vector prec M (ln_bias B)))
    (matrix prec M (wte M))) (fun y => normed M B (everywhere M y) 0)).
  { apply (mat_rows _ _ _ (matr M (wte M))); [|exact HE]. intros v y Hv. exact (vec_norm _ _ _ _ _ _ Hv). }
  unfold build_ground. set (e := matrix prec M (wte M)) in *. set (x := map _ e) in *.
  set (queries := map (fun y => apply_to prec W y (matrix prec M (q_proj B))) x).
  assert (HQ : mat queries (token_query M B)).
  { apply (mat_rows _ _ _ (fun y => normed M B (everywhere M y) 0)); [|exact HX]. intros v y Hv.
    apply vec_apply; [apply mat_matrix|exact Hv]. }
  set (keys := map (fun y => apply_to prec W y (matrix prec M (k_proj B))) x).
  assert (HK : mat keys (token_key M B)).
  { apply (mat_rows _ _ _ (fun y => normed M B (everywhere M y) 0)); [|exact HX]. intros v y Hv.
    apply vec_apply; [apply mat_matrix|exact Hv]. }
  set (owns := map (c_centred prec M) e).
  assert (HO : mat owns (own M)).
  { apply (mat_rows _ _ _ (matr M (wte M))); [|exact HE]. intros v y Hv. now apply vec_centred. }
  set (ws := map (fun y => c_centred prec M (apply_to prec W (apply_to prec W y (matrix prec M (v_proj B)))
    (matrix prec M (out_proj B)))) x).
  assert (HW : mat ws (written M B)).
  { apply (mat_rows _ _ _ (fun y => normed M B (everywhere M y) 0)); [|exact HX]. intros v y Hv.
    apply vec_centred. apply vec_apply; [apply mat_matrix|]. apply vec_apply; [apply mat_matrix|exact Hv]. }
  assert (HL : (V <= length ws)%nat) by (unfold ws, x, e, matrix; now rewrite !map_length).
  set (cs := turns prec M (I.cos prec) longest). set (sn := turns prec M (I.sin prec) longest).
  assert (HC : mat cs (fun t f => cos (INR t * angle M f))) by (apply mat_turns; exact (In_cos prec)).
  assert (HS : mat sn (fun t f => sin (INR t * angle M f))) by (apply mat_turns; exact (In_sin prec)).
  set (readouts := map (fun r => zip (I.mul prec) r (vector prec M (lnf_gain M))) (matrix prec M (lm_head M))).
  assert (HR : mat readouts (readout M)).
  { apply (mat_rows _ _ _ (matr M (lm_head M))); [|apply mat_matrix]. intros v c Hv.
    apply vec_zip; [intros; now apply In_mul|exact Hv|apply vec_vector]. }
  assert (Hsh : vec (vector prec M (ln_bias C)) (second_shift M C)) by apply vec_vector.
  assert (Hreads : forall v f, vec v f -> vec (apply_to prec W v readouts) (fun c => reads M c f)).
  { intros v f Hv. apply vec_apply; [exact HR|exact Hv]. }
  constructor; cbn [ground_owns ground_written ground_queries ground_keys ground_cos ground_sin ground_far
    second_keys second_queries second_writes second_aboves direct_aboves ground_late fst snd]; try assumption.
  - intros b pick Hp. destruct (Nat.lt_ge_cases b V) as [Hb|Hb];
      [|unfold at1; rewrite nth_overflow; [apply In_nai|unfold table; rewrite map_length, seq_length; exact Hb]].
    unfold at1. rewrite nth_table by exact Hb. unfold far_of. apply In_total, vec_table. intros t _.
    apply (In_hull_map _ _ O (pick t)); [rewrite seq_length; apply Hp|].
    rewrite seq_nth by apply Hp. unfold first_mass_of.
    apply (In_mass_of prec M _ _ (token_query M B b) (token_key M B (pick t))); [apply HQ|apply HK|apply HC|apply HS].
  - split; [|apply vec_apply; [apply mat_matrix|exact Hsh]].
    apply (family_of_fits M B); try assumption. intros v f Hv.
    apply vec_apply; [apply mat_matrix|now apply vec_gained].
  - split; [|apply vec_apply; [apply mat_matrix|exact Hsh]].
    apply (family_of_fits M B); try assumption. intros v f Hv.
    apply vec_apply; [apply mat_matrix|now apply vec_gained].
  - split; [|now apply vec_wrote].
    apply (family_of_fits M B); try assumption. intros v f Hv. now apply vec_wrote, vec_gained.
  - intros a Ha. rewrite nth_table by exact Ha. cbn [fst snd]. split.
    + apply (against_fits prec M B a V _ (fun c f => reads M c (writes M C (fun i => second_gain M C i * f i)))).
      * cbn [of_written family_of]. rewrite map_length. exact HL.
      * apply (family_of_fits M B); try assumption. intros v f Hv. now apply Hreads, vec_wrote, vec_gained.
    + apply (vec_less_each prec a _ (fun c => reads M c (writes M C (second_shift M C)))).
      now apply Hreads, vec_wrote.
  - intros a Ha. rewrite nth_table by exact Ha.
    apply (against_fits prec M B a V _ (fun c f => reads M c f)).
    + cbn [of_written family_of]. rewrite map_length. exact HL.
    + apply (family_of_fits M B); assumption.
  - intros a. unfold row. destruct (Nat.lt_ge_cases a V) as [Ha|Ha];
      [|rewrite nth_overflow; [apply vec_nil|unfold table; rewrite map_length, seq_length; exact Ha]].
    rewrite nth_table by exact Ha. unfold late.
    apply (vec_map c_late (fun z => Rmin z 0) _ (fun c => bias M a - bias M c)); [exact In_c_late|].
    apply (vec_less_each prec a _ (bias M)). apply vec_plus; [|apply vec_vector].
    apply vec_apply; [apply mat_matrix|apply vec_vector].
Qed.

(* ---- a cell *)
Section Ground.
Variable G : ground.
Hypothesis G_fits : ground_fits G.
Definition first_mass_at (b t y : nat) : I.type :=
  first_mass_of (I.sqrt prec (natural prec W)) (ground_cos G) (ground_sin G) (ground_queries G)
    (ground_keys G) b t y.
Lemma In_first_mass b t y : In (first_mass_at b t y) (mass M B b t y).
Proof.
  unfold first_mass_at, first_mass_of.
  apply (In_mass_of prec M _ _ (token_query M B b) (token_key M B y)); apply G_fits.
Qed.
Definition share_and_leak (o : option nat) (b : nat) : I.type * I.type :=
  match o with
  | None => (I.zero, I.zero)
  | Some a =>
    let m := first_mass_at b 1 a in
    let near := I.add prec (first_mass_at b 0 b) m in
    let far := at1 (ground_far G) b in
    (I.div prec m near, from_zero (I.div prec far (I.add prec near far)))
  end.
Definition make_cell (o : option nat) (b : nat) : cell :=
  let '(share, leak) := share_and_leak o b in
  let sigma := divisor prec M o b share leak (ground_owns G) (ground_written G) in
  let img A := image prec o b share leak sigma (fst A) (snd A) in
  let wrote := img (second_writes G) in
  let wrote_size := I.sqrt prec (c_cross prec M wrote wrote) in
  {| cell_key := img (second_keys G);
     cell_query := img (second_queries G);
     cell_counts := zip (fun A lates => map I.lower (plus prec (img A)
       (map (fun l => I.mul prec l wrote_size) lates))) (second_aboves G) (ground_late G);
     cell_owns := zip (fun A lates => map I.lower (plus prec (raw prec o b share leak A)
       (map (fun l => I.mul prec l sigma) lates))) (direct_aboves G) (ground_late G) |}.

Record cell_fits (K : cell) (x : nat -> nat) (p : nat) : Prop := {
  key_fits : vec (cell_key K) (key M C (first_stream M B x) p);
  query_fits : vec (cell_query K) (query M C (first_stream M B x) p);
  counts_fit : forall a, (a < V)%nat -> lows (low_list (cell_counts K) a) (fun c =>
    above M a c (second_written M B C x p) + late M a c * size M (second_written M B C x p));
  owns_low : forall a, (a < V)%nat -> lows (low_list (cell_owns K) a) (fun c =>
    above M a c (halfway M B x p) + late M a c * divisor_of M B x p)
}.
Lemma no_cell_fits x p : cell_fits no_cell x p.
Proof.
  constructor; cbn; try apply vec_nil; intros [|a] _; apply lows_nil.
Qed.

Hypothesis one_head : heads M = 1%nat.
Hypothesis width_pos : (0 < W)%nat.
Hypothesis planes_fit : (2 * planes M <= W)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.
Hypothesis first_silent : forall s p i, mlp M B s p i = 0.

Section Input.
Variables (x : nat -> nat) (p : nat).
Hypothesis in_range : forall r, (r <= p)%nat -> (x r < V)%nat.
Hypothesis p_short : (p < longest)%nat.
Notation o := (prior x p).
Notation b := (x p).

Lemma In_share : In (fst (share_and_leak o b)) (before_share M B o b).
Proof.
  destruct p as [|r]; [apply In_zero|]. cbn [prior share_and_leak fst before_share].
  apply In_div; [apply In_first_mass|]. apply In_add; apply In_first_mass.
Qed.
Lemma In_leaked : In (snd (share_and_leak o b)) (sum (p - 1) (leak_of M B x p)).
Proof.
  destruct p as [|r] eqn:E; [apply In_zero|]. cbn [prior share_and_leak snd].
  rewrite (leak_total M B one_head width_pos planes_fit x (S r) (x r) eq_refl). rewrite <- E.
  set (pick := fun t => if (t <? p - 1)%nat then x (p - S (S t))%nat else x p).
  assert (Hp : forall t, (pick t < V)%nat).
  { intros t. unfold pick. destruct (t <? p - 1)%nat; apply in_range; lia. }
  set (all := sum (longest - 2) (fun t => mass M B (x p) (S (S t)) (pick t))).
  assert (Hall : In (at1 (ground_far G) (x p)) all) by now apply G_fits.
  assert (Hfar : far M B x p <= all).
  { unfold far, all. replace (longest - 2)%nat with ((p - 1) + (longest - 1 - p))%nat by lia.
    rewrite sum_app. rewrite <- (Rplus_0_r (sum (p - 1) _)). apply Rplus_le_compat.
    - right. apply sum_ext. intros t Ht. unfold met, pick. now rewrite (proj2 (Nat.ltb_lt _ _) Ht).
    - apply sum_nonneg. intros. left. apply exp_pos. }
  pose proof (far_nonneg M B x p) as H0. pose proof (near_pos M B (x r) (x p)) as Hn.
  set (nr := near M B (x r) (x p)) in *. set (fr := far M B x p) in *.
  apply (In_from_zero _ (all / (nr + all))).
  - apply In_div; [exact Hall|]. apply In_add; [|exact Hall]. apply In_add; apply In_first_mass.
  - split; [apply Rmult_le_pos; [exact H0|left; apply Rinv_0_lt_compat; lra]|].
    apply (Rmult_le_reg_r (nr + fr)); [lra|]. apply (Rmult_le_reg_r (nr + all)); [lra|].
    replace (fr / (nr + fr) * (nr + fr) * (nr + all)) with (fr * (nr + all)) by (field; lra).
    replace (all / (nr + all) * (nr + fr) * (nr + all)) with (all * (nr + fr)) by (field; lra). nra.
Qed.

Lemma low_list_zip {A X} (h : A -> X -> list F.type) l k da dx i f :
  lows (h (nth i l da) (nth i k dx)) f -> lows (low_list (zip h l k) i) f.
Proof.
  unfold low_list. revert k i. induction l as [|u l IH]; intros [|v k] [|i] H; cbn in *; try apply lows_nil; auto.
Qed.

Theorem make_cell_fits : cell_fits (make_cell o b) x p.
Proof.
  pose proof In_share as Hs. pose proof In_leaked as Hl. unfold make_cell.
  destruct (share_and_leak o b) as [share leak]. cbn [fst snd] in Hs, Hl.
  set (sigma := divisor _ _ _ _ _ _ _ _).
  assert (Hsigma : In sigma (divisor_of M B x p)).
  { apply In_divisor; try assumption; try reflexivity; apply G_fits. }
  assert (Himg : forall A L, (forall j, linear W (L j)) ->
    family_fits M B (fst A) (fun j f => L j (fun i => second_gain M C i * f i)) ->
    vec (snd A) (fun j => L j (second_shift M C)) ->
    vec (image prec o b share leak sigma (fst A) (snd A)) (fun j => L j (second_normed M B C x p))).
  { intros A L HL HA HSh. apply (vec_image prec M B C); try assumption; reflexivity. }
  assert (Hwrote : vec (image prec o b share leak sigma (fst (second_writes G)) (snd (second_writes G)))
    (second_written M B C x p)).
  { apply (Himg _ (fun j f => writes M C f j)); [apply linear_writes| |]; apply G_fits. }
  constructor; cbn [cell_key cell_query cell_counts cell_owns].
  - apply (Himg _ (fun j f => dot W (matr M (k_proj C) j) f)); [intros; apply linear_dot| |]; apply G_fits.
  - apply (Himg _ (fun j f => dot W (matr M (q_proj C) j) f)); [intros; apply linear_dot| |]; apply G_fits.
  - intros a Ha. apply (low_list_zip _ _ _ (no_family, []) []). apply lows_map_lower.
    apply (vec_plus prec _ _ (fun c => above M a c (second_written M B C x p))
      (fun c => late M a c * size M (second_written M B C x p))).
    + destruct (aboves_fit G G_fits a Ha) as [HA HSh].
      apply (Himg _ (fun c f => above M a c (writes M C f))); [|exact HA|exact HSh].
      intros c. apply linear_above_writes.
    + apply (vec_map _ (fun l => l * size M (second_written M B C x p)) _ (late M a)); [|apply (late_fit G G_fits a)].
      intros l r Hr. apply In_mul; [exact Hr|]. apply In_sqrt. now apply In_cross.
  - intros a Ha. apply (low_list_zip _ _ _ no_family []). apply lows_map_lower.
    apply (vec_plus prec _ _ (fun c => above M a c (halfway M B x p)) (fun c => late M a c * divisor_of M B x p)).
    + apply (vec_raw prec M B o b share leak x p); try assumption; try reflexivity.
      * intros c. apply linear_above.
      * now apply (directs_fit G G_fits).
    + apply (vec_map _ (fun l => l * divisor_of M B x p) _ (late M a)); [|apply (late_fit G G_fits a)].
      intros l r Hr. now apply In_mul.
Qed.
End Input.

(* ---- all cells: the token before, or none as the last row, x the token *)
Definition prior_of (r : nat) : option nat := if (r <? V)%nat then Some r else None.
Definition row_of (o : option nat) : nat := match o with Some a => a | None => V end.
Definition make_cells : list (list cell) :=
  table (S V) (fun r => table V (make_cell (prior_of r))).
Definition cell_at (cells : list (list cell)) (r b : nat) : cell := nth b (nth r cells []) no_cell.

Theorem make_cells_fit x p : (forall r, (r <= p)%nat -> (x r < V)%nat) -> (p < longest)%nat ->
  cell_fits (cell_at make_cells (row_of (prior x p)) (x p)) x p.
Proof.
  intros Hr Hp. unfold cell_at, make_cells.
  assert (E : prior_of (row_of (prior x p)) = prior x p /\ (row_of (prior x p) < S V)%nat).
  { unfold prior_of, row_of. destruct p as [|r]; cbn [prior].
    - rewrite Nat.ltb_irrefl. split; [reflexivity|lia].
    - pose proof (Hr r ltac:(lia)) as L. rewrite (proj2 (Nat.ltb_lt _ _) L). split; [reflexivity|lia]. }
  destruct E as [E L]. rewrite nth_table by exact L. rewrite nth_table by (apply Hr; lia).
  rewrite E. now apply make_cell_fits.
Qed.
End Ground.
End Precision.
End Cells.
