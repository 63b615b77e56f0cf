From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros A n x Hn HA. pose proof (letter_angle A ltac:(lia)) as W. assert (2 <= IZR n) by (apply IZR_le; lia).
  assert (C : cos (2 * PI / IZR A) < 1) by (rewrite <- cos_0; apply cos_decreasing_1; lra).
  set (c := cos (2 * PI / IZR A)) in *. rewrite Rmult_assoc, <- exp_plus.
  replace (- ((x + ln (IZR n - 1)) / (1 - c)) + (x + ln (IZR n - 1)) * c / (1 - c)) with (- x + - ln (IZR n - 1)) by (field; lra).
  rewrite exp_plus, (exp_Ropp (ln _)), exp_ln by lra. field. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros A n x Hn HA. pose proof (letter_angle A ltac:(lia)) as W. assert (2 <= IZR n) by (apply IZR_le; lia).
  assert (cos (2 * PI / IZR A) < 1) by (rewrite <- cos_0; apply cos_decreasing_1; lra).
  assert (2 <= IZR A) by (apply IZR_le; lia). repeat split; lra.
Qed.
