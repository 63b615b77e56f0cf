From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros A n theta Hn HA H0 H1. pose proof PI_RGT_0. pose proof (letter_angle A ltac:(lia)) as Hw.
  assert (2 <= IZR A) by (apply IZR_le; lia). assert (3 <= IZR n) by (apply IZR_le; lia).
  assert (Hor : 2 * PI / IZR A <= (2 * IZR n - 3) * theta).
  { replace (2 * PI / IZR A) with ((2 * IZR n - 3) * (2 * PI / (IZR A * (2 * IZR n - 3)))) by (field; lra).
    apply Rmult_le_compat_l; lra. }
  assert (T : 0 < theta) by nra. set (w := 2 * PI / IZR A) in *.
  (* the least e with (2 e - 1) theta >= w *)
  pose proof (base_Int_part (- (w / (2 * theta) + 1 / 2))) as [L1 L2].
  set (e := (- Int_part (- (w / (2 * theta) + 1 / 2)))%Z).
  assert (E : IZR e = - IZR (Int_part (- (w / (2 * theta) + 1 / 2)))) by apply opp_IZR.
  assert (W : w = w / (2 * theta) * (2 * theta)) by (field; lra).
  set (z := w / (2 * theta)) in *.
  assert (e < n)%Z by (apply lt_IZR; nra). assert (0 < e)%Z by (apply lt_IZR; nra).
  apply Least_le_of with (A - 1)%Z; [lia|]. apply Least_le_of with e; [lia|]. apply Least_le_of with (n - 1)%Z; [lia|].
  replace ((e + (n - 1)) mod n)%Z with (e - 1)%Z
    by (replace (e + (n - 1))%Z with (e - 1 + 1 * n)%Z by ring; rewrite Z.mod_add, Z.mod_small; lia).
  rewrite !minus_IZR.
  replace (theta * (IZR e - 1) + 2 * PI * (IZR A - 1) / IZR A)
    with (- (w - theta * (IZR e - 1)) + 2 * PI * IZR 1) by (unfold w; field; lra).
  rewrite cos_IZR, cos_neg.
  assert (cos (theta * IZR e) <= cos (w - theta * (IZR e - 1))); [|lra].
  apply cos_le_of_sines; apply sin_ge_0; nra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. repeat split; intros; try lia; assert (2 <= IZR A) by (apply IZR_le; lia);
    assert (3 <= IZR n) by (apply IZR_le; lia); lra.
Qed.
