From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas approximation.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros n theta Hn. pose proof PI_RGT_0. assert (2 <= IZR n) by (apply IZR_le; lia). apply Rmin_glb.
  - destruct (gap_le (n - 1) theta) as [t [Ht L]]; [lia|]. apply Least_le_of with t; [lia|].
    rewrite minus_IZR in L. replace (IZR n - 1 + 1) with (IZR n) in L by ring. set (z := PI / IZR n).
    replace (2 * PI / IZR n) with (2 * z) in L by (unfold z; field; lra).
    replace (2 * PI ^ 2 / IZR n ^ 2) with (2 * (z * z)) by (unfold z; field; lra).
    assert (0 < z) by (apply Rdiv_lt_0_compat; lra). rewrite cos_2a_sin in L.
    assert (Z1 : z < PI) by (unfold z; apply Rmult_lt_reg_r with (IZR n); [lra|]; field_simplify; nra).
    assert (0 <= sin z) by (apply sin_ge_0; lra). assert (sin z <= z) by (left; apply sin_lt_x; lra). nra.
  - apply Least_le_of with 1%Z; [lia|]. rewrite Rmult_1_r. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros n theta Hn. assert (IZR n <> 0) by (apply not_0_IZR; lia). repeat split; try lia; try assumption; apply pow_nonzero; assumption.
Qed.
