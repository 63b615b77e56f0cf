(* Logits of single inputs in intervals, and inputs on which another class is above the answer. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Claims.

(* An input, first token to last, its answer, and the class that is above it. *)
Record refutation := { word : list nat; its_answer : nat; its_rival : nat }.
Definition input (w : list nat) (p : nat) : nat := nth p w 0%nat.

Module Refutations (F : FloatOps with Definition radix := radix2
                                  with Definition sensible_format := true).
Module Export C := Claims F.

Section Precision.
Variable prec : F.precision.
Variables (M : gptj) (B : block).
Notation W := (width M).

Hypothesis one_block : blocks M = B :: nil.
Hypothesis one_head : heads M = 1%nat.
Hypothesis width_pos : (0 < W)%nat.
Hypothesis planes_fit : (2 * planes M <= W)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.

Variable P : parts.
Hypothesis P_fits : fit M B P.

(* the masses and tokens of an input, from the last token back, and the norm of its stream *)
Definition steps (Q : query_part) (rows : list (list I.type)) (w : list nat) : list (I.type * nat) :=
  table (length w) (fun t => let y := input w (length w - 1 - t) in (at1 (row rows t) y, y)).
Definition stream_norm (Q : query_part) (l : list (I.type * nat)) : I.type :=
  I.sqrt prec (total prec (length l) (map (fun s =>
    I.mul prec (fst s) (total prec (length l) (map (fun t =>
      I.mul prec (fst t) (gram_at prec P Q (snd s) (snd t))) l))) l)).
Definition c_logit (Q : query_part) (l : list (I.type * nat)) (norm : I.type) (c : nat) : I.type :=
  let reads := row (its_linear P) c in
  let own := at1 (its_reads Q) c in
  I.add prec (I.div prec (total prec (length l) (map (fun t =>
    I.mul prec (fst t) (I.add prec (at1 reads (snd t)) own)) l)) norm) (at1 (its_bias P) c).

Section Word.
Variables (Q : query_part) (rows : list (list I.type)) (w : list nat).
Notation n := (length w).
Notation x := (input w).
Hypothesis n_pos : (0 < n)%nat.
Hypothesis Q_fits : fit_query M B Q.
Hypothesis Q_token : its_token Q = last_token n x.
Hypothesis rows_hold : mat rows (mass M B (last_token n x)).
Notation l := (steps Q rows w).

Lemma steps_length : length l = n.
Proof. unfold steps, table. now rewrite map_length, seq_length. Qed.
Lemma vec_steps (h : I.type * nat -> I.type) f :
  (forall t, (t < n)%nat -> In (h (at1 (row rows t) (back n x t), back n x t)) (f t)) ->
  vec (map h l) f.
Proof.
  intros H. unfold steps, table. rewrite map_map. apply (vec_of _ (seq 0 n) O). intros t Ht.
  rewrite seq_length in Ht. rewrite seq_nth by exact Ht. exact (H t Ht).
Qed.
Lemma In_stream_norm : In (stream_norm Q l) (norm (S W) (whole M B n x)).
Proof.
  unfold stream_norm, norm, whole. rewrite dot_combined_twice, steps_length. apply In_sqrt, In_total.
  apply vec_steps. intros s _. cbn [fst snd]. apply In_mul; [apply rows_hold|]. apply In_total.
  apply vec_steps. intros t _. cbn [fst snd]. apply In_mul; [apply rows_hold|].
  rewrite <- Q_token. now apply In_gram.
Qed.
Theorem In_logit c : In (c_logit Q l (stream_norm Q l) c) (logit M n x c).
Proof.
  rewrite (logit_eq M B) by assumption. unfold c_logit. apply In_add; [|apply P_fits].
  apply In_div; [|exact In_stream_norm]. rewrite steps_length. apply In_total.
  apply vec_steps. intros t _. cbn [fst snd]. apply In_mul; [apply rows_hold|].
  apply In_add; [apply P_fits|]. destruct Q_fits as (_ & HR & _). rewrite Q_token in HR. apply HR.
Qed.
End Word.

Definition query_part_of (q : nat) : option query_part :=
  find (fun Q => its_token Q =? q)%nat (its_queries P).
Lemma query_part_of_fits q Q : query_part_of q = Some Q -> fit_query M B Q /\ its_token Q = q.
Proof.
  intros E. apply find_some in E. destruct E as [H Et]. apply Nat.eqb_eq in Et. split; [|exact Et].
  now apply P_fits.
Qed.

(* enclosures of all logits of an input *)
Definition logits (w : list nat) : list I.type :=
  match query_part_of (last_token (length w) (input w)) with
  | None => []
  | Some Q =>
      let l := steps Q (mass_rows prec M P Q (length w)) w in
      let norm := stream_norm Q l in
      map (c_logit Q l norm) (seq 0 (vocab M))
  end.
Theorem logits_hold w : (0 < length w)%nat -> vec (logits w) (logit M (length w) (input w)).
Proof.
  intros Hn. unfold logits. destruct (query_part_of _) as [Q|] eqn:E; [|apply vec_nil].
  apply query_part_of_fits in E. destruct E as [FQ Et].
  apply (vec_table (vocab M)). intros c _. apply In_logit; try assumption.
  rewrite <- Et. now apply mat_masses.
Qed.

(* inputs that end in one token *)
Definition refutation_ok (Q : query_part) (rows : list (list I.type)) (r : refutation) : bool :=
  let w := word r in
  let l := steps Q rows w in
  let norm := stream_norm Q l in
  (0 <? length w)%nat && (last_token (length w) (input w) =? its_token Q)%nat &&
  (its_rival r <? vocab M)%nat && negb (its_rival r =? its_answer r)%nat &&
  positive (I.sub prec (c_logit Q l norm (its_rival r)) (c_logit Q l norm (its_answer r))).
Definition refutations_ok (q : nat) (rs : list refutation) : bool :=
  match query_part_of q with
  | None => match rs with [] => true | _ => false end
  | Some Q =>
      let rows := mass_rows prec M P Q (fold_right (fun r => Nat.max (length (word r))) O rs) in
      forallb (refutation_ok Q rows) rs
  end.
Theorem refutations_sound q rs : refutations_ok q rs = true -> forall r, List.In r rs ->
  beaten M (length (word r)) (input (word r)) (its_answer r).
Proof.
  unfold refutations_ok. destruct (query_part_of q) as [Q|] eqn:E.
  - apply query_part_of_fits in E. destruct E as [FQ Et]. rewrite forallb_forall. intros H r Hr.
    specialize (H r Hr). unfold refutation_ok in H. rewrite !andb_true_iff in H.
    destruct H as [[[[Hn Hq] Hc] Hne] Hp].
    apply Nat.ltb_lt in Hn, Hc. apply Nat.eqb_eq in Hq. apply negb_true_iff, Nat.eqb_neq in Hne.
    exists (its_rival r). split; [exact Hc|]. split; [exact Hne|].
    assert (0 < logit M (length (word r)) (input (word r)) (its_rival r)
      - logit M (length (word r)) (input (word r)) (its_answer r)); [|lra].
    apply (positive_correct _ _ Hp). set (rows := mass_rows _ _ _ _ _) in *.
    assert (R : mat rows (mass M B (last_token (length (word r)) (input (word r))))).
    { rewrite Hq. now apply mat_masses. }
    apply In_sub; apply In_logit; try assumption; now symmetry.
  - destruct rs; [intros _ r []|discriminate].
Qed.
End Precision.
End Refutations.
