From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros A n theta Hn HA H0 H1. pose proof PI_RGT_0. pose proof (letter_angle A ltac:(lia)) as Hw.
  assert (2 <= IZR A) by (apply IZR_le; lia). assert (3 <= IZR n) by (apply IZR_le; lia).
  assert (Hor : (2 * IZR n - 3) * theta < 2 * PI / IZR A).
  { replace (2 * PI / IZR A) with ((2 * IZR n - 3) * (2 * PI / (IZR A * (2 * IZR n - 3)))) by (field; lra).
    apply Rmult_lt_compat_l; lra. }
  apply Least_gt; [lia|]. intros k Hk. apply Least_gt; [lia|]. intros s Hs.
  apply Least_gt; [lia|]. intros t Ht.
  destruct (mod_other s t n Hs Ht) as [Hr Hne]. set (r := ((s + t) mod n)%Z) in *.
  assert (0 <= IZR s) by (apply IZR_le; lia). assert (0 <= IZR r) by (apply IZR_le; lia).
  assert (IZR s + IZR r <= 2 * IZR n - 3)
    by (rewrite <- plus_IZR, <- mult_IZR, <- minus_IZR; apply IZR_le; lia).
  assert (theta * (IZR s + IZR r) < 2 * PI / IZR A) by nra.
  assert (0 <= theta * IZR s) by nra. assert (0 <= theta * IZR r) by nra.
  pose proof (rival_le A k (theta * IZR r) ltac:(lia) Hk ltac:(lra)) as L.
  set (w := 2 * PI / IZR A) in *. pose proof (cos_minus_cos (theta * IZR s) (w - theta * IZR r)).
  assert (0 < sin ((theta * IZR s + (w - theta * IZR r)) / 2)) by (apply sin_gt_0; lra).
  assert (0 < sin ((w - theta * IZR r - theta * IZR s) / 2)) by (apply sin_gt_0; lra). nra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; assert (2 <= IZR A) by (apply IZR_le; lia);
    assert (3 <= IZR n) by (apply IZR_le; lia); lra.
Qed.
