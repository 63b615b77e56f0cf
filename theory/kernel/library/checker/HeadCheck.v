(* The whole check of a model of several heads: its tables, claims and refutations. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export HeadRefutations Check.

(* what is known of the model before any table is made *)
Definition several_sane (M : gptj) : bool :=
  match blocks M with [_] => true | _ => false end && (0 <? width M)%nat &&
  (heads M * head_dim M =? width M)%nat && (2 * planes M <=? head_dim M)%nat &&
  (0 <? eps_num M)%Z && (0 <=? eps_bits M)%Z.
Lemma several_sane_facts M : several_sane M = true ->
  blocks M = the_block M :: nil /\ (0 < width M)%nat /\ (heads M * head_dim M)%nat = width M /\
  (2 * planes M <= head_dim M)%nat /\ 0 < epsilon M.
Proof.
  unfold several_sane. rewrite !andb_true_iff. intros [[[[[Hb Hw] Hh] Hp] He] Heb].
  apply Nat.ltb_lt in Hw. apply Nat.eqb_eq in Hh. apply Nat.leb_le in Hp. apply Z.ltb_lt in He.
  apply Z.leb_le in Heb. unfold the_block. destruct (blocks M) as [|B [|B' l]]; try discriminate.
  repeat split; try assumption. unfold epsilon.
  apply Rdiv_lt_0_compat; apply IZR_lt; [exact He|]. apply Z.pow_pos_nonneg; lia.
Qed.

Module HeadCheck (F : FloatOps with Definition radix := radix2
                                with Definition sensible_format := true).
Module Export R := HeadRefutations F.

Section Precision.
Variable prec : F.precision.
Variable M : gptj.

(* the tables for these queries and for lengths up to longest *)
Definition tables (queries : list nat) (longest : nat) : several :=
  build_several prec M (the_block M) queries longest.

Section Parts.
Variables (P : several) (queries : list nat) (longest : nat).
Hypothesis M_sane : several_sane M = true.
Hypothesis P_built : tables queries longest = P.

Lemma P_fits : fit_several M (the_block M) P.
Proof. rewrite <- P_built. apply build_several_fit. Qed.

Lemma head_lows_low h c :
  lows (lows_of (head_lows P) h c) (fun y => reads M c (head_written M (the_block M) h y)).
Proof.
  unfold lows_of, head_lows. change [] with (map (map I.lower) []) at 1.
  rewrite (map_nth (map (map I.lower))), low_row_map. apply lows_map_lower, P_fits.
Qed.
Lemma head_minus_lows_low h c :
  lows (lows_of (head_minus_lows P) h c) (fun y => - reads M c (head_written M (the_block M) h y)).
Proof.
  unfold lows_of, head_minus_lows. set (k := fun i => I.lower (I.neg i)).
  change [] with (map (map k) []) at 1.
  rewrite (map_nth (map (map k))), low_row_map. apply lows_map_minus, P_fits.
Qed.

Definition check (l : list claims) : bool :=
  let lo := head_lows P in
  let neg := head_minus_lows P in
  forallb (head_claims_ok prec M P lo neg) l.
Theorem check_sound l : check l = true -> forall C, List.In C l -> claims_hold M C.
Proof.
  destruct (several_sane_facts M M_sane) as (H1 & H2 & H3 & H4 & H5). unfold check. rewrite forallb_forall.
  intros T C HC R a hints HR Ha. exact (head_claims_sound prec M (the_block M) H1 H2 H3 H4 H5 P P_fits
    (head_lows P) (head_minus_lows P) head_lows_low head_minus_lows_low C (T C HC) R a hints HR Ha).
Qed.

(* refutations by their last token *)
Definition refute (l : list (nat * list refutation)) : bool :=
  forallb (fun e => head_refutations_ok prec M P (fst e) (snd e)) l.
Theorem refute_sound l : refute l = true -> forall q rs r, List.In (q, rs) l -> List.In r rs ->
  beaten M (length (word r)) (input (word r)) (its_answer r).
Proof.
  destruct (several_sane_facts M M_sane) as (H1 & H2 & H3 & H4 & H5). unfold refute. rewrite forallb_forall.
  intros T q rs r Hq Hr. exact (head_refutations_sound prec M (the_block M) H1 H2 H3 H4 H5 P P_fits q rs
    (T _ Hq) r Hr).
Qed.
End Parts.
End Precision.

(* What a proof takes from this library, as one proposition; see [Check]. *)
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
End HeadCheck.
