From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

(* the target one step away loses to a rival of the next letter right here *)
Theorem holds : sentence.
Proof.
  intros A n theta Hn HA H0 H1. pose proof (letter_angle A ltac:(lia)) as W.
  apply Least_le_of with 1%Z; [lia|]. apply Least_le_of with 1%Z; [lia|]. apply Least_le_of with (n - 1)%Z; [lia|].
  replace ((1 + (n - 1)) mod n)%Z with 0%Z by (rewrite Zplus_minus, Z_mod_same_full; reflexivity).
  rewrite Rmult_0_r, !Rmult_1_r, Rplus_0_l. set (w := 2 * PI / IZR A) in *.
  assert (cos theta <= cos w) by (apply cos_le_of_sines; apply sin_ge_0; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros A n theta Hn HA *; assert (2 <= IZR A) by (apply IZR_le; lia); repeat split; intros; lia || lra.
Qed.
