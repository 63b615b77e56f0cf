(* Every table of a one-block, one-head model that its certificates need, in intervals; made once. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Bounds.

Lemma tanh_exp z : tanh z = 1 - 2 / (exp (2 * z) + 1).
Proof.
  unfold tanh, sinh, cosh. replace (2 * z) with (z + z) by ring. rewrite exp_plus, exp_Ropp.
  pose proof (exp_pos z). assert (exp z * exp z > 0) by (apply Rmult_lt_0_compat; lra).
  field. lra.
Qed.

Module Tables (F : FloatOps with Definition radix := radix2
                             with Definition sensible_format := true).
Module Export Lower := Bounds F.

(* what only one query token needs *)
Record query_part := {
  its_token : nat;
  its_query : list I.type;   (* width: the query vector *)
  its_reads : list I.type;   (* classes: what they read of what the query itself adds *)
  its_cross : list I.type;   (* tokens: inner products of that with what tokens write *)
  its_square : I.type        (* and with itself *)
}.
Record parts := {
  its_linear : list (list I.type);   (* classes x tokens: what classes read of what tokens write *)
  its_gram : list (list I.type);     (* tokens x tokens: inner products of what tokens write *)
  its_keys : list (list I.type);     (* tokens x width *)
  its_written : list (list I.type);  (* tokens x width *)
  its_bias : list I.type;            (* classes *)
  its_cos : list (list I.type);      (* distances x planes *)
  its_sin : list (list I.type);
  its_queries : list query_part
}.

Section Precision.
Variable prec : F.precision.
Variables (M : gptj) (B : block).
Notation W := (width M).

(* ---- stored numbers *)
Definition denominator : I.type := I.fromZ prec (2 ^ bits M).
Definition stored (d : I.type) (z : Z) : I.type := I.div prec (I.fromZ prec z) d.
Definition vector (v : list Z) : list I.type := let d := denominator in map (stored d) v.
Definition matrix (A : list (list Z)) : list (list I.type) :=
  let d := denominator in map (map (stored d)) A.
Definition c_epsilon : I.type := I.div prec (I.fromZ prec (eps_num M)) (I.fromZ prec (2 ^ eps_bits M)).

Lemma vec_vector v : vec (vector v) (vect M v).
Proof. apply (vec_of _ v 0%Z). intros i _. unfold stored, vect. apply In_div; apply In_Z. Qed.
Lemma mat_matrix A : mat (matrix A) (matr M A).
Proof. apply (mat_of _ A []). intros i _. apply (vec_vector (nth i A [])). Qed.
Lemma In_epsilon : In c_epsilon (epsilon M).
Proof. apply In_div; apply In_Z. Qed.

(* ---- the layers of the model *)
Definition apply_to (n : nat) (v : list I.type) (A : list (list I.type)) : list I.type :=
  map (fun r => inner prec n r v) A.
Lemma vec_apply n v f A a : mat A a -> vec v f -> vec (apply_to n v A) (fun i => dot n (a i) f).
Proof. intros H G. apply (vec_of _ A []). intros i _. apply In_inner; [apply H|exact G]. Qed.

Definition c_mean (n : nat) (v : list I.type) : I.type := I.div prec (total prec n v) (natural prec n).
Lemma In_mean n v f : vec v f -> In (c_mean n v) (mean n f).
Proof. intros H. apply In_div; [now apply In_total|apply In_natural]. Qed.

Definition c_centred (v : list I.type) : list I.type :=
  let m := c_mean W v in map (fun a => I.sub prec a m) v.
Lemma vec_centred v f : vec v f -> vec (c_centred v) (centred M f).
Proof.
  intros H. unfold c_centred. apply (vec_map _ (fun x => x - mean W f)); [|exact H].
  intros a x Ha. apply In_sub; [exact Ha|now apply In_mean].
Qed.

(* the mean of the products of two vectors *)
Definition c_cross (u v : list I.type) : I.type := I.div prec (inner prec W u v) (natural prec W).
Lemma In_cross u v f g : vec u f -> vec v g -> In (c_cross u v) (mean W (fun i => f i * g i)).
Proof. intros H G. apply In_div; [now apply In_inner|apply In_natural]. Qed.

Definition c_norm (gain bias : list I.type) (v : list I.type) : list I.type :=
  let z := c_centred v in
  let s := I.sqrt prec (I.add prec (c_cross z z) c_epsilon) in
  plus prec (zip (I.mul prec) (map (fun a => I.div prec a s) z) gain) bias.
Lemma vec_norm gain bias v f : vec v f ->
  vec (c_norm (vector gain) (vector bias) v) (layer_norm M gain bias f).
Proof.
  intros H. pose proof (vec_centred v f H) as Hz. set (s := sqrt (mean W (fun i => centred M f i * centred M f i) + epsilon M)).
  apply (vec_ext _ (fun i => centred M f i / s * vect M gain i + vect M bias i)); [reflexivity|].
  unfold c_norm. apply vec_plus; [|apply vec_vector].
  apply (vec_zip _ Rmult _ _ (fun i => centred M f i / s) (vect M gain)); [intros; now apply In_mul| |apply vec_vector].
  apply (vec_map _ (fun x => x / s) _ (centred M f)); [|exact Hz].
  intros a x Ha. apply In_div; [exact Ha|]. apply In_sqrt, In_add; [now apply In_cross|apply In_epsilon].
Qed.

Definition slope : I.type := I.sqrt prec (I.div prec (I.fromZ prec 2) (I.pi prec)).
Definition c_gelu (slope x : I.type) : I.type :=
  let two := I.fromZ prec 2 in let one := I.fromZ prec 1 in
  let c := I.div prec (I.fromZ prec 44715) (I.fromZ prec 1000000) in
  let z := I.mul prec slope (I.add prec x (I.mul prec c (I.mul prec (I.mul prec x x) x))) in
  I.mul prec (I.div prec x two) (I.add prec one
    (I.sub prec one (I.div prec two (I.add prec (I.exp prec (I.mul prec two z)) one)))).
Lemma In_gelu a x : In a x -> In (c_gelu slope a) (gelu x).
Proof.
  intros H. unfold gelu. rewrite tanh_exp. unfold c_gelu, slope.
  repeat first [exact H | apply In_pi | apply In_mul | apply In_add | apply In_sub | apply In_div
    | apply In_exp | apply In_sqrt | apply In_Z].
Qed.

Definition c_angle (f : nat) : I.type :=
  match angles M with
  | None => I.exp prec (I.mul prec (I.neg (I.div prec (natural prec f) (natural prec (planes M))))
                                   (I.ln prec (I.fromZ prec 10000)))
  | Some (given, b) => I.div prec (I.fromZ prec (nth f given 0%Z)) (I.fromZ prec (2 ^ b))
  end.
Lemma In_angle f : In (c_angle f) (angle M f).
Proof.
  unfold c_angle, angle. destruct (angles M) as [[given b]|]; [apply In_div; apply In_Z|].
  apply In_exp, In_mul; [|apply In_ln, In_Z]. apply In_neg, In_div; apply In_natural.
Qed.

Definition turns (turn : I.type -> I.type) (n : nat) : list (list I.type) :=
  let angles := table (planes M) c_angle in
  table n (fun t => let z := natural prec t in map (fun a => turn (I.mul prec z a)) angles).
Lemma mat_turns turn h n : (forall a x, In a x -> In (turn a) (h x)) ->
  mat (turns turn n) (fun t f => h (INR t * angle M f)).
Proof.
  intros Ht. apply mat_table. intros t _. apply (vec_map _ (fun x => h (INR t * x)) _ (angle M)).
  - intros a x Ha. apply Ht, In_mul; [apply In_natural|exact Ha].
  - apply vec_table. intros. apply In_angle.
Qed.

(* ---- all tables *)
Definition c_mlp (inw outw : list (list I.type)) (inb outb x : list I.type) : list I.type :=
  let s := slope in
  plus prec (apply_to (hidden M) (map (c_gelu s) (plus prec (apply_to W x inw) inb)) outw) outb.

Definition build (queries : list nat) (longest : nat) : parts :=
  let e := matrix (wte M) in
  let gain := vector (ln_gain B) in let shift := vector (ln_bias B) in
  let x := map (c_norm gain shift) e in
  let k := matrix (k_proj B) in let v := matrix (v_proj B) in let o := matrix (out_proj B) in
  let q := matrix (q_proj B) in
  let inw := matrix (fc_in B) in let inb := vector (fc_in_bias B) in
  let outw := matrix (fc_out B) in let outb := vector (fc_out_bias B) in
  let head := matrix (lm_head M) in
  let last_gain := vector (lnf_gain M) in let last_shift := vector (lnf_bias M) in
  let written := map (fun y => c_centred (apply_to W (apply_to W y v) o)) x in
  let readout := map (fun r => zip (I.mul prec) r last_gain) head in
  {| its_linear := map (fun r => apply_to W r written) readout;
     its_gram := map (fun u => map (c_cross u) written) written;
     its_keys := map (fun y => apply_to W y k) x;
     its_written := written;
     its_bias := plus prec (apply_to W last_shift head) (vector (lm_head_bias M));
     its_cos := turns (I.cos prec) longest;
     its_sin := turns (I.sin prec) longest;
     its_queries := map (fun y =>
       let n := row x y in
       let d := c_centred (plus prec (row e y) (c_mlp inw outw inb outb n)) in
       {| its_token := y; its_query := apply_to W n q; its_reads := apply_to W d readout;
          its_cross := map (c_cross d) written;
          its_square := I.add prec (c_cross d d) c_epsilon |}) queries |}.

(* ---- what they enclose *)
Definition fit_query (Q : query_part) : Prop :=
  let q := its_token Q in
  vec (its_query Q) (token_query M B q) /\
  vec (its_reads Q) (fun c => reads M c (direct M B q)) /\
  vec (its_cross Q) (fun y => mean W (fun i => direct M B q i * written M B y i)) /\
  In (its_square Q) (mean W (fun i => direct M B q i * direct M B q i) + epsilon M).

Definition fit (P : parts) : Prop :=
  mat (its_linear P) (fun c y => reads M c (written M B y)) /\
  mat (its_gram P) (fun r y => mean W (fun i => written M B r i * written M B y i)) /\
  mat (its_keys P) (token_key M B) /\
  mat (its_written P) (written M B) /\
  vec (its_bias P) (bias M) /\
  mat (its_cos P) (fun t f => cos (INR t * angle M f)) /\
  mat (its_sin P) (fun t f => sin (INR t * angle M f)) /\
  forall Q, List.In Q (its_queries P) -> fit_query Q.

Theorem build_fit queries longest : fit (build queries longest).
Proof.
  assert (HE : mat (matrix (wte M)) (matr M (wte M))) by apply mat_matrix.
  set (e := matrix (wte M)) in *.
  assert (HX : mat (map (c_norm (vector (ln_gain B)) (vector (ln_bias B))) e)
    (fun y => normed M B (everywhere M y) 0)).
  { apply (mat_rows _ _ _ (matr M (wte M))); [|exact HE]. intros v y Hv. exact (vec_norm _ _ _ _ Hv). }
  match type of HX with mat ?A _ => set (x := A) in * end.
  assert (HW : mat (map (fun y => c_centred (apply_to W (apply_to W y (matrix (v_proj B))) (matrix (out_proj B)))) x)
    (written M B)).
  { apply (mat_rows _ _ _ (fun y => normed M B (everywhere M y) 0)); [|exact HX]. intros v y Hv.
    apply vec_centred. apply vec_apply; [apply mat_matrix|]. apply vec_apply; [apply mat_matrix|exact Hv]. }
  match type of HW with mat ?A _ => set (w := A) in * end.
  assert (HR : mat (map (fun r => zip (I.mul prec) r (vector (lnf_gain M))) (matrix (lm_head M))) (readout M)).
  { apply (mat_rows _ _ _ (matr M (lm_head M))); [|apply mat_matrix]. intros v c Hv.
    apply vec_zip; [intros; now apply In_mul|exact Hv|apply vec_vector]. }
  match type of HR with mat ?A _ => set (r := A) in * end.
  unfold fit, build. cbn [its_linear its_gram its_keys its_written its_bias its_cos its_sin its_queries].
  fold e x. fold w. fold r. repeat match goal with |- _ /\ _ => split end.
  - apply (mat_rows _ _ _ (readout M)); [|exact HR]. intros v c Hv.
    apply (vec_ext _ (fun y => dot W (written M B y) (readout M c))); [intros; apply dot_comm|].
    now apply vec_apply.
  - apply (mat_rows _ _ _ (written M B)); [|exact HW]. intros u t Hu.
    apply (vec_of _ w []). intros i _. apply In_cross; [exact Hu|apply HW].
  - apply (mat_rows _ _ _ (fun y => normed M B (everywhere M y) 0)); [|exact HX]. intros v y Hv.
    apply vec_apply; [apply mat_matrix|exact Hv].
  - exact HW.
  - apply vec_plus; [|apply vec_vector]. apply vec_apply; [apply mat_matrix|apply vec_vector].
  - apply mat_turns. exact (In_cos prec).
  - apply mat_turns. exact (In_sin prec).
  - intros Q HQ. apply in_map_iff in HQ. destruct HQ as (y & <- & _). unfold fit_query.
    cbn [its_token its_query its_reads its_cross its_square].
    set (d := c_centred _).
    assert (Hd : vec d (direct M B y)).
    { apply vec_centred. apply vec_plus; [apply HE|]. apply vec_plus; [|apply vec_vector].
      apply vec_apply; [apply mat_matrix|]. apply (vec_map _ gelu); [intros; now apply In_gelu|].
      apply vec_plus; [|apply vec_vector]. apply vec_apply; [apply mat_matrix|apply HX]. }
    repeat split.
    + apply vec_apply; [apply mat_matrix|apply HX].
    + apply vec_apply; [exact HR|exact Hd].
    + apply (vec_of _ w []). intros i _. apply In_cross; [exact Hd|apply HW].
    + apply In_add; [now apply In_cross|apply In_epsilon].
Qed.

(* ---- one query: inner products of streams, and masses by distance and token *)
Section Query.
Variables (P : parts) (Q : query_part).
Notation q := (its_token Q).
Hypothesis width_pos : (0 < W)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.
Hypothesis P_fits : fit P.
Hypothesis Q_fits : fit_query Q.

Lemma gram_sum r y : gram M B q r y =
  (mean W (fun i => direct M B q i * direct M B q i) + epsilon M
   + mean W (fun i => direct M B q i * written M B r i))
  + (mean W (fun i => direct M B q i * written M B y i)
     + mean W (fun i => written M B r i * written M B y i)).
Proof.
  rewrite gram_eq by assumption.
  rewrite (mean_ext W (fun i => (direct M B q i + written M B r i) * (direct M B q i + written M B y i))
    (fun i => (direct M B q i * direct M B q i + direct M B q i * written M B r i)
      + (direct M B q i * written M B y i + written M B r i * written M B y i))) by (intros; ring).
  rewrite !mean_plus. ring.
Qed.

(* inner products of the slant of token r with that of every token *)
Definition gram_row (r : nat) : list I.type :=
  let s := I.add prec (its_square Q) (at1 (its_cross Q) r) in
  zip (fun u v => I.add prec s (I.add prec u v)) (its_cross Q) (row (its_gram P) r).
Lemma vec_gram r : vec (gram_row r) (gram M B q r).
Proof.
  destruct P_fits as (_ & HG & _). destruct Q_fits as (_ & _ & HC & HS).
  eapply vec_ext; [intros y; symmetry; apply gram_sum|].
  apply (vec_zip _ (fun u v => _ + (u + v))); [|exact HC|apply HG].
  intros. apply In_add; [apply In_add; [exact HS|apply HC]|now apply In_add].
Qed.

(* the same of two tokens *)
Definition gram_at (r y : nat) : I.type :=
  I.add prec (I.add prec (its_square Q) (at1 (its_cross Q) r))
    (I.add prec (at1 (its_cross Q) y) (at1 (row (its_gram P) r) y)).
Lemma In_gram r y : In (gram_at r y) (gram M B q r y).
Proof.
  destruct P_fits as (_ & HG & _). destruct Q_fits as (_ & _ & HC & HS).
  rewrite gram_sum. apply In_add; [apply In_add; [exact HS|apply HC]|].
  apply In_add; [apply HC|apply HG].
Qed.

(* the norm of every token's slant *)
Definition norms : list I.type :=
  table (length (its_gram P)) (fun y => I.sqrt prec (gram_at y y)).
Lemma vec_norms : vec norms (fun y => norm (S W) (slant M B q y)).
Proof. apply vec_table. intros y _. apply In_sqrt, In_gram. Qed.

(* amplitudes of a token's key: of cosines, of sines, and the part that is not turned *)
Definition amplitudes (k : list I.type) : list I.type * list I.type * I.type :=
  let v := its_query Q in
  let product i j := I.mul prec (at1 v i) (at1 k j) in
  (table (planes M) (fun f => I.add prec (product (2 * f) (2 * f)) (product (2 * f + 1) (2 * f + 1))),
   table (planes M) (fun f => I.sub prec (product (2 * f) (2 * f + 1)) (product (2 * f + 1) (2 * f))),
   inner prec (W - 2 * planes M) (skipn (2 * planes M) v) (skipn (2 * planes M) k))%nat.
Definition mass_of (root : I.type) (c s : list I.type) (amps : list I.type * list I.type * I.type) : I.type :=
  let '(of_cos, of_sin, rest) := amps in
  I.exp prec (I.div prec (I.add prec (I.add prec (inner prec (planes M) of_cos c)
    (inner prec (planes M) of_sin s)) rest) root).
(* masses: distances x tokens *)
Definition mass_rows (longest : nat) : list (list I.type) :=
  let root := I.sqrt prec (natural prec W) in
  let amps := map amplitudes (its_keys P) in
  table longest (fun t => map (mass_of root (row (its_cos P) t) (row (its_sin P) t)) amps).

Lemma vec_skipn m : forall v f, vec v f -> vec (skipn m v) (fun i => f (m + i)%nat).
Proof.
  induction m as [|m IH]; intros v f H; [exact H|]. destruct v as [|a v]; [apply vec_nil|].
  apply vec_tail in H. destruct H as [_ H]. exact (IH v (fun i => f (S i)) H).
Qed.

Lemma mat_masses longest : mat (mass_rows longest) (mass M B q).
Proof.
  destruct P_fits as (_ & _ & HK & _ & _ & HC & HS & _). destruct Q_fits as (HQ & _).
  apply mat_table. intros t _. rewrite map_map. apply (vec_of _ _ []). intros y _.
  specialize (HK y). unfold row in HK. set (k := nth y (its_keys P) []) in *.
  unfold mass_of, amplitudes, mass, score_at. apply In_exp, In_div; [|apply In_sqrt, In_natural].
  apply In_add; [apply In_add|].
  - apply (In_inner _ _ _ _ (cosines (token_query M B q) (token_key M B y))); [|apply HC].
    apply vec_table. intros f _. apply In_add; apply In_mul; apply HQ || apply HK.
  - apply (In_inner _ _ _ _ (sines (token_query M B q) (token_key M B y))); [|apply HS].
    apply vec_table. intros f _. apply In_sub; apply In_mul; apply HQ || apply HK.
  - apply (In_inner _ _ _ _ (fun i => token_query M B q (2 * planes M + i)%nat)
      (fun i => token_key M B y (2 * planes M + i)%nat)); now apply vec_skipn.
Qed.
End Query.
End Precision.
End Tables.
