From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros A n theta Hn HA H0 H1. apply retrieval_nonpos; try lia; try lra.
  assert (2 <= IZR A) by (apply IZR_le; lia). assert (3 <= IZR n) by (apply IZR_le; lia).
  replace (2 * PI / IZR A) with ((2 * IZR n - 3) * (2 * PI / (IZR A * (2 * IZR n - 3)))) by (field; lra).
  apply Rmult_le_compat_l; lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; assert (2 <= IZR A) by (apply IZR_le; lia);
    assert (3 <= IZR n) by (apply IZR_le; lia); lra.
Qed.
