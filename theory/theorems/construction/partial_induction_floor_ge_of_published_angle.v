From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

(* the match costs at most (n - 1) theta, a rival's position gives at most 1, its letter at most cos omega *)
Theorem holds : sentence.
Proof.
  intros A n theta Hn HA H0 H1. pose proof PI_RGT_0. pose proof (letter_angle A ltac:(lia)) as W.
  assert (2 <= IZR n) by (apply IZR_le; lia). assert (2 <= IZR A) by (apply IZR_le; lia).
  replace (2 * PI / (IZR A * IZR n)) with (2 * PI / IZR A / IZR n) in H1 by (field; lra).
  replace (2 * PI * (IZR n - 1) / (IZR A * IZR n)) with (2 * PI / IZR A / IZR n * (IZR n - 1)) by (field; lra).
  assert (E : 2 * PI / IZR A / IZR n * IZR n = 2 * PI / IZR A) by (field; lra).
  set (top := 2 * PI / IZR A / IZR n) in *.
  apply Rle_ge, Least_ge; [lia|]. intros k Hk. apply Least_ge; [lia|]. intros s Hs. apply Least_ge; [lia|]. intros r Hr.
  pose proof (letter_le A k ltac:(lia) Hk). pose proof (COS_bound (theta * IZR ((r + s) mod n))).
  assert (0 <= IZR s) by (apply IZR_le; lia).
  assert (IZR s <= IZR n - 1) by (rewrite <- minus_IZR; apply IZR_le; lia).
  assert (cos (top * (IZR n - 1)) <= cos (theta * IZR s)) by (apply cos_decr_1; nra).
  lra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros A n theta Hn HA *; assert (2 <= IZR n) by (apply IZR_le; lia);
    assert (2 <= IZR A) by (apply IZR_le; lia); repeat split; intros; lia || lra.
Qed.
