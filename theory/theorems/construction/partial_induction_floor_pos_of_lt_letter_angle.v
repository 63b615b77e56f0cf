From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

(* the match stays within omega, and the rival's letter is at least omega off *)
Theorem holds : sentence.
Proof.
  intros A n theta Hn HA H0 H1. pose proof PI_RGT_0. pose proof (letter_angle A ltac:(lia)) as W.
  assert (2 <= IZR n) by (apply IZR_le; lia). assert (2 <= IZR A) by (apply IZR_le; lia).
  assert (Hor : (IZR n - 1) * theta < 2 * PI / IZR A).
  { replace (2 * PI / IZR A) with ((IZR n - 1) * (2 * PI / (IZR A * (IZR n - 1)))) by (field; lra).
    apply Rmult_lt_compat_l; lra. }
  set (w := 2 * PI / IZR A) in *.
  apply Least_gt; [lia|]. intros k Hk. apply Least_gt; [lia|]. intros s Hs. apply Least_gt; [lia|]. intros r Hr.
  pose proof (letter_le A k ltac:(lia) Hk) as L. fold w in L. pose proof (COS_bound (theta * IZR ((r + s) mod n))).
  assert (0 <= IZR s) by (apply IZR_le; lia).
  assert (IZR s <= IZR n - 1) by (rewrite <- minus_IZR; apply IZR_le; lia).
  assert (cos w < cos (theta * IZR s)) by (apply cos_decreasing_1; nra).
  lra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros A n theta Hn HA *; assert (2 <= IZR n) by (apply IZR_le; lia);
    assert (2 <= IZR A) by (apply IZR_le; lia); repeat split; intros; lia || lra.
Qed.
