(* Every table of a one-block model of several heads that its certificates need; made once. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Claims SeveralHeads.

Module HeadTables (F : FloatOps with Definition radix := radix2
                                 with Definition sensible_format := true).
Module Export C := Claims F.

(* what only one query token needs *)
Record asking := {
  asking_token : nat;
  asking_query : list (list I.type);  (* heads x dimensions of a head, and what follows them *)
  asking_direct : list I.type;        (* width: what the query itself adds *)
  asking_reads : list I.type          (* classes: what they read of that *)
}.
Record several := {
  several_linear : list (list (list I.type));   (* heads x classes x tokens: what classes read *)
  several_written : list (list (list I.type));  (* heads x tokens x width *)
  several_keys : list (list (list I.type));     (* heads x tokens x dimensions of a head *)
  several_bias : list I.type;                   (* classes *)
  several_cos : list (list I.type);             (* distances x planes *)
  several_sin : list (list I.type);
  several_asking : list asking
}.
Definition of_head (A : list (list (list I.type))) (h : nat) : list (list I.type) := nth h A [].

Section Precision.
Variable prec : F.precision.
Variables (M : gptj) (B : block).
Notation W := (width M).
Notation D := (head_dim M).
Notation H := (heads M).
Notation stored A := (matrix prec M A).
Notation stored_row v := (vector prec M v).

(* one table for each head *)
Definition by_head (g : nat -> list (list I.type)) : list (list (list I.type)) := table H g.
Lemma by_head_fits g (f : nat -> nat -> nat -> R) : (forall h, mat (g h) (f h)) ->
  forall h, mat (of_head (by_head g) h) (f h).
Proof.
  intros G h. unfold of_head, by_head, table.
  destruct (Nat.lt_ge_cases h H) as [L|L].
  - rewrite (nth_indep _ [] (g 0%nat)) by now rewrite map_length, seq_length.
    rewrite (map_nth g), seq_nth by exact L. apply G.
  - rewrite nth_overflow by now rewrite map_length, seq_length. intros i. destruct i; apply vec_nil.
Qed.

Lemma by_head_slices g (f : nat -> nat -> R) : (forall h, vec (g h) (f h)) ->
  forall h, vec (nth h (table H g) []) (f h).
Proof.
  intros G h. unfold table. destruct (Nat.lt_ge_cases h H) as [L|L].
  - rewrite (nth_indep _ [] (g 0%nat)) by now rewrite map_length, seq_length.
    rewrite (map_nth g), seq_nth by exact L. apply G.
  - rewrite nth_overflow by now rewrite map_length, seq_length. apply vec_nil.
Qed.

Definition slice_of (h : nat) : list I.type -> list I.type := skipn (h * D).
Lemma vec_slice h v f : vec v f -> vec (slice_of h v) (slice M h f).
Proof. apply vec_skipn. Qed.

Definition build_several (queries : list nat) (longest : nat) : several :=
  let e := stored (wte M) in
  let x := map (c_norm prec M (stored_row (ln_gain B)) (stored_row (ln_bias B))) e in
  let k := stored (k_proj B) in let v := stored (v_proj B) in let o := stored (out_proj B) in
  let q := stored (q_proj B) in
  let inw := stored (fc_in B) in let inb := stored_row (fc_in_bias B) in
  let outw := stored (fc_out B) in let outb := stored_row (fc_out_bias B) in
  let head := stored (lm_head M) in
  let readout := map (fun r => zip (I.mul prec) r (stored_row (lnf_gain M))) head in
  let keys := map (fun y => apply_to prec W y k) x in
  let values := map (fun y => apply_to prec W y v) x in
  let written := by_head (fun h =>
    let mine := map (slice_of h) o in
    map (fun y => c_centred prec M (apply_to prec D (slice_of h y) mine)) values) in
  {| several_linear := by_head (fun h => map (fun r => apply_to prec W r (of_head written h)) readout);
     several_written := written;
     several_keys := by_head (fun h => map (slice_of h) keys);
     several_bias := plus prec (apply_to prec W (stored_row (lnf_bias M)) head)
       (stored_row (lm_head_bias M));
     several_cos := turns prec M (I.cos prec) longest;
     several_sin := turns prec M (I.sin prec) longest;
     several_asking := map (fun y =>
       let n := row x y in
       let d := c_centred prec M (plus prec (row e y) (c_mlp prec M inw outw inb outb n)) in
       let whole := apply_to prec W n q in
       {| asking_token := y; asking_query := table H (fun h => slice_of h whole);
          asking_direct := d; asking_reads := apply_to prec W d readout |}) queries |}.

(* ---- what they enclose *)
Definition fit_asking (Q : asking) : Prop :=
  let q := asking_token Q in
  (forall h, vec (nth h (asking_query Q) []) (slice M h (token_query M B q))) /\
  vec (asking_direct Q) (direct M B q) /\
  vec (asking_reads Q) (fun c => reads M c (direct M B q)).
Definition fit_several (P : several) : Prop :=
  (forall h, mat (of_head (several_linear P) h) (fun c y => reads M c (head_written M B h y))) /\
  (forall h, mat (of_head (several_written P) h) (head_written M B h)) /\
  (forall h, mat (of_head (several_keys P) h) (fun y => slice M h (token_key M B y))) /\
  vec (several_bias P) (bias M) /\
  mat (several_cos P) (fun t f => cos (INR t * angle M f)) /\
  mat (several_sin P) (fun t f => sin (INR t * angle M f)) /\
  forall Q, List.In Q (several_asking P) -> fit_asking Q.

Theorem build_several_fit queries longest : fit_several (build_several queries longest).
Proof.
  assert (HE : mat (stored (wte M)) (matr M (wte M))) by apply mat_matrix.
  set (e := stored (wte M)) in *.
  assert (HX : mat (map (c_norm prec M (stored_row (ln_gain B)) (stored_row (ln_bias B))) e)
    (fun y => normed M B (everywhere M y) 0)).
  { apply (mat_rows _ _ _ (matr M (wte M))); [|exact HE]. intros v y Hv. exact (vec_norm _ _ _ _ _ _ Hv). }
  match type of HX with mat ?A _ => set (x := A) in * end.
  assert (HR : mat (map (fun r => zip (I.mul prec) r (stored_row (lnf_gain M))) (stored (lm_head M)))
    (readout M)).
  { apply (mat_rows _ _ _ (matr M (lm_head M))); [|apply mat_matrix]. intros v c Hv.
    apply vec_zip; [intros; now apply In_mul|exact Hv|apply vec_vector]. }
  match type of HR with mat ?A _ => set (r := A) in * end.
  assert (HV : mat (map (fun y => apply_to prec W y (stored (v_proj B))) x)
    (fun y => value M B (everywhere M y) 0)).
  { apply (mat_rows _ _ _ (fun y => normed M B (everywhere M y) 0)); [|exact HX]. intros v y Hv.
    apply vec_apply; [apply mat_matrix|exact Hv]. }
  match type of HV with mat ?A _ => set (values := A) in * end.
  assert (HK : mat (map (fun y => apply_to prec W y (stored (k_proj B))) x) (token_key M B)).
  { apply (mat_rows _ _ _ (fun y => normed M B (everywhere M y) 0)); [|exact HX]. intros v y Hv.
    apply vec_apply; [apply mat_matrix|exact Hv]. }
  match type of HK with mat ?A _ => set (keys := A) in * end.
  assert (HW : forall h, mat (of_head (by_head (fun h => map (fun y => c_centred prec M (apply_to prec D
      (slice_of h y) (map (slice_of h) (stored (out_proj B))))) values)) h) (head_written M B h)).
  { apply by_head_fits. intros h. apply (mat_rows _ _ _ (fun y => value M B (everywhere M y) 0)); [|exact HV].
    intros v y Hv. apply vec_centred. apply vec_apply; [|now apply vec_slice].
    apply (mat_rows _ _ _ (matr M (out_proj B))); [|apply mat_matrix]. intros u i Hu. now apply vec_slice. }
  match type of HW with forall h, mat (of_head ?A h) _ => set (w := A) in * end.
  unfold fit_several, build_several.
  cbn [several_linear several_written several_keys several_bias several_cos several_sin several_asking].
  fold e x. fold values keys r. fold w. repeat match goal with |- _ /\ _ => split end.
  - apply (by_head_fits _ (fun h c y => reads M c (head_written M B h y))). intros h.
    apply (mat_rows _ _ _ (readout M)); [|exact HR]. intros v c Hv.
    apply (vec_ext _ (fun y => dot W (head_written M B h y) (readout M c))); [intros; apply dot_comm|].
    apply vec_apply; [apply HW|exact Hv].
  - exact HW.
  - apply (by_head_fits _ (fun h y => slice M h (token_key M B y))). intros h.
    apply (mat_rows _ _ _ (token_key M B)); [|exact HK]. intros v y Hv. now apply vec_slice.
  - apply vec_plus; [|apply vec_vector]. apply vec_apply; [apply mat_matrix|apply vec_vector].
  - apply mat_turns. exact (In_cos prec).
  - apply mat_turns. exact (In_sin prec).
  - intros Q HQ. apply in_map_iff in HQ. destruct HQ as (y & <- & _). unfold fit_asking.
    cbn [asking_token asking_query asking_direct asking_reads].
    set (d := c_centred _ _ _). assert (Hd : vec d (direct M B y)).
    { apply vec_centred. apply vec_plus; [apply HE|]. apply vec_plus; [|apply vec_vector].
      apply vec_apply; [apply mat_matrix|]. apply (vec_map _ gelu); [intros; now apply In_gelu|].
      apply vec_plus; [|apply vec_vector]. apply vec_apply; [apply mat_matrix|apply HX]. }
    repeat split.
    + apply (by_head_slices _ (fun h => slice M h (token_query M B y))). intros h. apply vec_slice.
      apply vec_apply; [apply mat_matrix|apply HX].
    + exact Hd.
    + apply vec_apply; [exact HR|exact Hd].
Qed.

(* ---- one query: masses by head, distance and token *)
Section Query.
Variables (P : several) (Q : asking).
Notation q := (asking_token Q).
Hypothesis P_fits : fit_several P.
Hypothesis Q_fits : fit_asking Q.

(* amplitudes of a token's key: of cosines, of sines, and the part that is not turned *)
Definition head_amplitudes (v k : list I.type) : list I.type * list I.type * I.type :=
  let product i j := I.mul prec (at1 v i) (at1 k j) in
  (table (planes M) (fun f => I.add prec (product (2 * f) (2 * f)) (product (2 * f + 1) (2 * f + 1))),
   table (planes M) (fun f => I.sub prec (product (2 * f) (2 * f + 1)) (product (2 * f + 1) (2 * f))),
   inner prec (D - 2 * planes M) (skipn (2 * planes M) v) (skipn (2 * planes M) k))%nat.
(* masses of one head: distances x tokens *)
Definition head_rows (h longest : nat) : list (list I.type) :=
  let root := I.sqrt prec (natural prec D) in
  let v := nth h (asking_query Q) [] in
  let amps := map (head_amplitudes v) (of_head (several_keys P) h) in
  table longest (fun t =>
    map (mass_of prec M root (row (several_cos P) t) (row (several_sin P) t)) amps).

Lemma head_masses_fit h longest : mat (head_rows h longest) (head_mass M B h q).
Proof.
  destruct P_fits as (_ & _ & HK & _ & HC & HS & _). destruct Q_fits as (HQ & _).
  apply mat_table. intros t _. rewrite map_map. apply (vec_of _ _ []). intros y _.
  specialize (HK h y). specialize (HQ h). unfold row, of_head in HK.
  set (k := nth y (nth h (several_keys P) []) []) in *. set (v := nth h (asking_query Q) []) in *.
  unfold of_head. fold k. unfold mass_of, head_amplitudes, head_mass, score_at.
  apply In_exp, In_div; [|apply In_sqrt, In_natural].
  apply In_add; [apply In_add|].
  - apply (In_inner _ _ _ _ (cosines (slice M h (token_query M B q)) (slice M h (token_key M B y)))); [|apply HC].
    apply vec_table. intros f _. apply In_add; apply In_mul; apply HQ || apply HK.
  - apply (In_inner _ _ _ _ (sines (slice M h (token_query M B q)) (slice M h (token_key M B y)))); [|apply HS].
    apply vec_table. intros f _. apply In_sub; apply In_mul; apply HQ || apply HK.
  - apply (In_inner _ _ _ _ (fun i => slice M h (token_query M B q) (2 * planes M + i)%nat)
      (fun i => slice M h (token_key M B y) (2 * planes M + i)%nat)); now apply vec_skipn.
Qed.
End Query.
End Precision.
End HeadTables.
