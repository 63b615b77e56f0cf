(* The whole check of a model: its tables, claims and refutations; what a success means. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Refutations TaskKinds.

Definition claims_hold (M : gptj) (C : claims) : Prop :=
  forall R a hints, List.In R (ranges C) -> List.In (a, hints) (their_answers R) ->
  claim_holds M (their_kind C) (first R) (final R) a.

Lemma none_hold M : forall C, List.In C [] -> claims_hold M C.
Proof. intros C []. Qed.
Lemma both_hold M l k : (forall C, List.In C l -> claims_hold M C) ->
  (forall C, List.In C k -> claims_hold M C) -> forall C, List.In C (l ++ k) -> claims_hold M C.
Proof. intros H G C HC. apply in_app_or in HC. destruct HC; auto. Qed.

(* from refutations to rows that are answered wrongly: length, query and answer *)
Definition witnesses (T : task) (tokens : list meaning) (n q a : nat) (r : refutation) : bool :=
  let w := word r in
  ((length w =? n) && (last_token (length w) (input w) =? q) && (its_answer r =? a)
   && asks_word T tokens w a)%nat.
Theorem rows_wrong M T tokens (refuted : list (nat * list refutation)) :
  (forall q rs r, List.In (q, rs) refuted -> List.In r rs ->
    beaten M (length (word r)) (input (word r)) (its_answer r)) ->
  forall table, forallb (fun e => let '(n, q, a) := e in
    existsb (fun f => existsb (witnesses T tokens n q a) (snd f)) refuted) table = true ->
  forall n q a, List.In (n, q, a) table -> wrong_at M T tokens n q a.
Proof.
  intros Hr table H n q a Hin. rewrite forallb_forall in H. specialize (H _ Hin). cbn in H.
  apply existsb_exists in H. destruct H as ((q' & rs) & Hf & H). apply existsb_exists in H.
  destruct H as (r & Hrs & H). unfold witnesses in H. rewrite !andb_true_iff in H.
  destruct H as [[[Hn Hq] Ha] Hask]. apply Nat.eqb_eq in Hn, Hq, Ha. specialize (Hr q' rs r Hf Hrs).
  apply asks_word_sound in Hask. rewrite Hn, Ha in Hr. rewrite Hn in Hq, Hask.
  exists (input (word r)). split; [exact Hq|]. split; [exact Hask|exact Hr].
Qed.

(* what is known of the model before any table is made *)
Definition sane (M : gptj) : bool :=
  match blocks M with [_] => true | _ => false end && (heads M =? 1)%nat && (0 <? width M)%nat &&
  (2 * planes M <=? width M)%nat && (0 <? eps_num M)%Z && (0 <=? eps_bits M)%Z.
Definition the_block (M : gptj) : block :=
  hd {| ln_gain := []; ln_bias := []; q_proj := []; k_proj := []; v_proj := []; out_proj := [];
        fc_in := []; fc_in_bias := []; fc_out := []; fc_out_bias := [] |} (blocks M).

Lemma sane_facts M : sane M = true ->
  blocks M = the_block M :: nil /\ heads M = 1%nat /\ (0 < width M)%nat /\
  (2 * planes M <= width M)%nat /\ 0 < epsilon M.
Proof.
  unfold sane. rewrite !andb_true_iff. intros [[[[[Hb Hh] Hw] Hp] He] Heb].
  apply Nat.eqb_eq in Hh. apply Nat.ltb_lt in Hw. apply Nat.leb_le in Hp. apply Z.ltb_lt in He.
  apply Z.leb_le in Heb. unfold the_block. destruct (blocks M) as [|B [|B' l]]; try discriminate.
  repeat split; try assumption. unfold epsilon.
  apply Rdiv_lt_0_compat; apply IZR_lt; [exact He|]. apply Z.pow_pos_nonneg; lia.
Qed.

Module Check (F : FloatOps with Definition radix := radix2
                            with Definition sensible_format := true).
Module Export R := Refutations F.

Section Precision.
Variable prec : F.precision.
Variable M : gptj.

(* the tables for these queries and for lengths up to longest *)
Definition tables (queries : list nat) (longest : nat) : parts := build prec M (the_block M) queries longest.

Section Parts.
Variables (P : parts) (queries : list nat) (longest : nat).
Hypothesis M_sane : sane M = true.
Hypothesis P_built : tables queries longest = P.

Lemma P_fits : fit M (the_block M) P.
Proof. rewrite <- P_built. apply build_fit. Qed.

Definition check (l : list claims) : bool :=
  let lo := readings P in
  let neg := minus_readings P in
  forallb (claims_ok prec M P lo neg) l.
Theorem check_sound l : check l = true -> forall C, List.In C l -> claims_hold M C.
Proof.
  destruct (sane_facts M M_sane) as (H1 & H2 & H3 & H4 & H5). unfold check. rewrite forallb_forall.
  intros H C HC R a hints HR Ha. refine (claims_sound prec M (the_block M) H1 H2 H3 H4 H5 P P_fits
    (readings P) (minus_readings P) _ _ C (H C HC) R a hints HR Ha).
  - apply readings_low. exact P_fits.
  - apply minus_readings_low. exact P_fits.
Qed.

(* refutations by their last token *)
Definition refute (l : list (nat * list refutation)) : bool :=
  forallb (fun e => refutations_ok prec M P (fst e) (snd e)) l.
Theorem refute_sound l : refute l = true -> forall q rs r, List.In (q, rs) l -> List.In r rs ->
  beaten M (length (word r)) (input (word r)) (its_answer r).
Proof.
  destruct (sane_facts M M_sane) as (H1 & H2 & H3 & H4 & H5). unfold refute. rewrite forallb_forall.
  intros H q rs r Hq Hr. exact (refutations_sound prec M (the_block M) H1 H2 H3 H4 H5 P P_fits q rs
    (H _ Hq) r Hr).
Qed.
End Parts.
End Precision.

(* All theorems that a proof about a model takes from this library, as one proposition: a proof from
   it is short, and what it assumes is found fast; what [sound] assumes is found once. *)
Local Notation stated t := (ltac:(let T := type of t in exact T)) (only parsing).
Record soundness : Prop := {
  claims_checked : stated check_sound;
  refutations_checked : stated refute_sound;
  inputs_answered : stated all_answered;
  rows_answered : stated rows_right;
  horizons_answered : stated horizons_right;
  rows_beaten : stated rows_wrong;
  queries_ask : stated queries_asked
}.
Theorem sound : soundness.
Proof.
  exact (Build_soundness check_sound refute_sound all_answered rows_right horizons_right rows_wrong
    queries_asked).
Qed.
End Check.
