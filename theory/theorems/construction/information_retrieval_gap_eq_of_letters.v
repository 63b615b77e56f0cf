From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros A HA. assert (S1 : 2 <= IZR A) by (apply IZR_le; lia). pose proof PI_RGT_0.
  assert (Hr : / IZR A * IZR A = 1) by (apply Rinv_l; lra). assert (0 < / IZR A) by (apply Rinv_0_lt_compat; lra).
  unfold Rdiv. set (r := / IZR A) in *. apply Rle_antisym.
  - apply Least_le_of with 1%Z; [lia|]. rewrite Rmult_1_r. lra.
  - apply Least_ge; [lia|]. intros t Ht. apply Rplus_le_compat_l, Ropp_le_contravar.
    assert (1 <= IZR t) by (apply IZR_le; lia). assert (IZR t + 1 <= IZR A) by (rewrite <- plus_IZR; apply IZR_le; lia).
    assert (0 <= r * (IZR t - 1)) by nra. assert (r * (IZR t + 1) <= 1) by nra.
    assert (0 <= PI * (r * (IZR t - 1))) by nra. assert (PI * (r * (IZR t + 1)) <= PI) by nra.
    assert (0 < PI * r) by nra. apply cos_le_of_sines; apply sin_ge_0; lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. repeat split; intros; try lia; apply not_0_IZR; lia.
Qed.
