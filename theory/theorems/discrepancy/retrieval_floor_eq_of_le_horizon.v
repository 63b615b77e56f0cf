From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros A n theta Hn HA H0 H1. pose proof PI_RGT_0. pose proof (letter_angle A ltac:(lia)) as Hw.
  assert (2 <= IZR A) by (apply IZR_le; lia). assert (3 <= IZR n) by (apply IZR_le; lia).
  assert (Hor : (2 * IZR n - 3) * theta <= 2 * PI / IZR A).
  { replace (2 * PI / IZR A) with ((2 * IZR n - 3) * (2 * PI / (IZR A * (2 * IZR n - 3)))) by (field; lra).
    apply Rmult_le_compat_l; lra. }
  assert (0 <= theta * (IZR n - 2)) by nra. assert (theta <= theta * (IZR n - 2)) by nra.
  apply Rle_antisym.
  - (* attained: the match n - 2 back, the rival n - 1 back and one letter before *)
    apply Least_le_of with (A - 1)%Z; [lia|]. apply Least_le_of with (n - 2)%Z; [lia|].
    apply Least_le_of with 1%Z; [lia|].
    replace ((n - 2 + 1) mod n)%Z with (n - 1)%Z by (rewrite Z.mod_small; lia).
    rewrite !minus_IZR.
    replace (theta * (IZR n - 1) + 2 * PI * (IZR A - 1) / IZR A)
      with (theta * (IZR n - 1) - 2 * PI / IZR A + 2 * PI * IZR 1) by (field; lra).
    rewrite cos_IZR. lra.
  - apply Least_ge; [lia|]. intros k Hk. apply Least_ge; [lia|]. intros s Hs.
    apply Least_ge; [lia|]. intros t Ht.
    destruct (mod_other s t n Hs Ht) as [Hr Hne]. set (r := ((s + t) mod n)%Z) in *.
    assert (0 <= IZR s) by (apply IZR_le; lia). assert (0 <= IZR r) by (apply IZR_le; lia).
    assert (IZR r <= IZR n - 1) by (rewrite <- minus_IZR; apply IZR_le; lia).
    assert (0 <= theta * IZR s) by nra. assert (0 <= theta * IZR r) by nra.
    assert (theta * IZR r <= theta * (IZR n - 1)) by nra.
    pose proof (rival_le A k (theta * IZR r) ltac:(lia) Hk ltac:(lra)) as L.
    replace (cos (theta * (IZR n - 1) - 2 * PI / IZR A)) with (cos (2 * PI / IZR A - theta * (IZR n - 1)))
      by (rewrite <- cos_neg; f_equal; ring).
    set (w := 2 * PI / IZR A) in *.
    destruct (Z.eq_dec s (n - 1)) as [->|Hs'].
    + assert (IZR r <= IZR n - 2) by (rewrite <- minus_IZR; apply IZR_le; lia).
      assert (theta * IZR r <= theta * (IZR n - 2)) by nra. rewrite minus_IZR in *.
      assert (cos (w - theta * IZR r) <= cos (w - theta * (IZR n - 2))) by (apply cos_decr_1; lra).
      (* the two arrangements differ by 4 sin h cos (w / 2) sin q *)
      set (h := theta / 2). set (q := (w - (2 * IZR n - 3) * theta) / 2).
      assert (0 <= sin h) by (apply sin_ge_0; unfold h; lra).
      assert (0 <= sin q) by (apply sin_ge_0; unfold q; lra).
      assert (0 <= cos (w / 2)) by (apply cos_ge_0; lra).
      pose proof (cos_minus_cos (theta * (IZR n - 2)) (theta * (IZR n - 1))) as E1.
      pose proof (cos_minus_cos (w - theta * (IZR n - 1)) (w - theta * (IZR n - 2))) as E2.
      replace ((theta * (IZR n - 2) + theta * (IZR n - 1)) / 2) with (w / 2 - q) in E1 by (unfold q; field).
      replace ((w - theta * (IZR n - 1) + (w - theta * (IZR n - 2))) / 2) with (w / 2 + q) in E2 by (unfold q; field).
      replace ((theta * (IZR n - 1) - theta * (IZR n - 2)) / 2) with h in E1 by (unfold h; field).
      replace ((w - theta * (IZR n - 2) - (w - theta * (IZR n - 1))) / 2) with h in E2 by (unfold h; field).
      rewrite sin_minus in E1. rewrite sin_plus in E2.
      assert (0 <= sin h * (cos (w / 2) * sin q)) by (repeat apply Rmult_le_pos; assumption). lra.
    + assert (IZR s <= IZR n - 2) by (rewrite <- minus_IZR; apply IZR_le; lia).
      assert (theta * IZR s <= theta * (IZR n - 2)) by nra.
      assert (cos (theta * (IZR n - 2)) <= cos (theta * IZR s)) by (apply cos_decr_1; lra).
      assert (cos (w - theta * IZR r) <= cos (w - theta * (IZR n - 1))) by (apply cos_decr_1; lra).
      lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; assert (2 <= IZR A) by (apply IZR_le; lia);
    assert (3 <= IZR n) by (apply IZR_le; lia); lra.
Qed.
