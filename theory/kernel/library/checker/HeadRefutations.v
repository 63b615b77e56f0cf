(* Logits of single inputs of several heads in intervals, and inputs on which another class is above. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export HeadClaims Refutations.

Module HeadRefutations (F : FloatOps with Definition radix := radix2
                                      with Definition sensible_format := true).
Module Export H := HeadClaims F.

Section Precision.
Variable prec : F.precision.
Variables (M : gptj) (B : block).
Notation W := (width M).

Hypothesis one_block : blocks M = B :: nil.
Hypothesis width_pos : (0 < W)%nat.
Hypothesis heads_fill : (heads M * head_dim M)%nat = W.
Hypothesis planes_fit : (2 * planes M <= head_dim M)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.

Variable P : several.
Hypothesis P_fits : fit_several M B P.

(* what one head adds to the last stream of an input, from the last token back *)
Definition c_added (Q : asking) (w : list nat) (h : nat) : list I.type :=
  let n := length w in
  let rows := head_rows prec M P Q h n in
  let y t := input w (n - 1 - t) in
  let masses := table n (fun t => at1 (row rows t) (y t)) in
  let z := total prec n masses in
  let sums := rows_total prec M n (fun t =>
    let m := at1 masses t in map (I.mul prec m) (row (of_head (several_written P) h) (y t))) in
  map (fun s => I.div prec s z) sums.
Definition c_stream (Q : asking) (w : list nat) : list I.type :=
  plus prec (asking_direct Q) (rows_total prec M (heads M) (c_added Q w)).

Section Word.
Variables (Q : asking) (w : list nat).
Notation n := (length w).
Notation x := (input w).
Hypothesis n_pos : (0 < n)%nat.
Hypothesis Q_fits : fit_asking M B Q.
Hypothesis Q_token : asking_token Q = last_token n x.

Lemma vec_added h : vec (c_added Q w h) (added_by M B n x h).
Proof.
  unfold c_added. set (rows := head_rows _ _ _ _ _ _). set (masses := table n _).
  assert (Hr : mat rows (head_mass M B h (last_token n x))).
  { rewrite <- Q_token. now apply head_masses_fit. }
  assert (Hm : vec masses (head_masses M B n x h)).
  { apply vec_table. intros t _. apply Hr. }
  apply (vec_ext _ (fun i => sum n (fun t => head_masses M B n x h t
    * head_written M B h (back n x t) i) / sum n (head_masses M B n x h))).
  - intros i. rewrite <- sum_div. apply sum_ext. intros t _. unfold share, Rdiv. ring.
  - apply (vec_map _ (fun s => s / sum n (head_masses M B n x h)) _ (fun i => sum n (fun t =>
      head_masses M B n x h t * head_written M B h (back n x t) i))).
    + intros. apply In_div; [assumption|now apply In_total].
    + apply (vec_rows_total prec M n _ (fun t i => head_masses M B n x h t
        * head_written M B h (back n x t) i)). intros t.
      apply (vec_map _ (fun u => head_masses M B n x h t * u)).
      * intros. apply In_mul; [apply Hm|assumption].
      * apply P_fits.
Qed.
Lemma vec_stream : vec (c_stream Q w) (its_stream M B n x).
Proof.
  unfold c_stream. apply vec_plus.
  - destruct Q_fits as (_ & HD & _). rewrite Q_token in HD. exact HD.
  - apply (vec_ext _ (fun i => sum (heads M) (fun h => added_by M B n x h i))).
    + intros i. apply sum_ext. intros. ring.
    + apply vec_rows_total. exact vec_added.
Qed.
End Word.

Definition asking_of (q : nat) : option asking := find (fun Q => asking_token Q =? q)%nat (several_asking P).
Lemma asking_of_fits q Q : asking_of q = Some Q -> fit_asking M B Q /\ asking_token Q = q.
Proof.
  intros E. apply find_some in E. destruct E as [HQ Et]. apply Nat.eqb_eq in Et. split; [|exact Et].
  now apply P_fits.
Qed.

(* enclosures of the logits of some classes of an input *)
Definition readouts : list (list I.type) :=
  let gain := vector prec M (lnf_gain M) in
  map (fun r => zip (I.mul prec) r gain) (matrix prec M (lm_head M)).
Lemma readouts_fit : mat readouts (readout M).
Proof.
  apply (mat_rows _ _ _ (matr M (lm_head M))); [|apply mat_matrix]. intros v c Hv.
  apply vec_zip; [intros; now apply In_mul|exact Hv|apply vec_vector].
Qed.
Definition head_logits (reading : list (list I.type)) (w : list nat) (classes : list nat) : list I.type :=
  match asking_of (last_token (length w) (input w)) with
  | None => []
  | Some Q =>
      let s := c_stream Q w in
      let spread := I.sqrt prec (I.add prec (c_cross prec M s s) (c_epsilon prec M)) in
      map (fun c => I.add prec (I.div prec (inner prec W (row reading c) s) spread)
        (at1 (several_bias P) c)) classes
  end.
Theorem head_logits_hold w classes : (0 < length w)%nat ->
  vec (head_logits readouts w classes) (fun i => logit M (length w) (input w) (nth i classes 0%nat)).
Proof.
  intros Hn. unfold head_logits. destruct (asking_of _) as [Q|] eqn:E; [|apply vec_nil].
  apply asking_of_fits in E. destruct E as [FQ Et].
  apply (vec_of _ classes 0%nat). intros i _. set (c := nth i classes 0%nat).
  rewrite (logit_of_stream M B one_block width_pos heads_fill planes_fit epsilon_pos _ _ Hn).
  pose proof (vec_stream Q w FQ Et) as Hs. apply In_add; [|apply P_fits].
  apply In_div; [|apply In_sqrt, In_add; [now apply In_cross|apply In_epsilon]].
  apply In_inner; [apply readouts_fit|exact Hs].
Qed.

(* ---- inputs that end in one token *)
Definition head_refutation_ok (reading : list (list I.type)) (q : nat) (r : refutation) : bool :=
  let w := word r in
  (0 <? length w)%nat && (last_token (length w) (input w) =? q)%nat &&
  (its_rival r <? vocab M)%nat && negb (its_rival r =? its_answer r)%nat &&
  match head_logits reading w [its_rival r; its_answer r] with
  | [up; down] => positive (I.sub prec up down)
  | _ => false
  end.
Definition head_refutations_ok (q : nat) (rs : list refutation) : bool :=
  let reading := readouts in forallb (head_refutation_ok reading q) rs.
Theorem head_refutations_sound q rs : head_refutations_ok q rs = true -> forall r, List.In r rs ->
  beaten M (length (word r)) (input (word r)) (its_answer r).
Proof.
  unfold head_refutations_ok. rewrite forallb_forall. intros T r Hr. specialize (T r Hr).
  unfold head_refutation_ok in T. rewrite !andb_true_iff in T. destruct T as [[[[Hn _] Hc] Hne] Hp].
  apply Nat.ltb_lt in Hn, Hc. apply negb_true_iff, Nat.eqb_neq in Hne.
  exists (its_rival r). split; [exact Hc|]. split; [exact Hne|].
  pose proof (head_logits_hold (word r) [its_rival r; its_answer r] Hn) as L.
  destruct (head_logits readouts _ _) as [|up [|down [|]]]; try discriminate.
  assert (0 < logit M (length (word r)) (input (word r)) (its_rival r)
    - logit M (length (word r)) (input (word r)) (its_answer r)); [|lra].
  apply (positive_correct _ _ Hp). apply In_sub; [exact (L 0%nat)|exact (L 1%nat)].
Qed.
End Precision.
End HeadRefutations.
