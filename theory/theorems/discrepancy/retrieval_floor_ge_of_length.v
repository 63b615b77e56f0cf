From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

(* the target is at most (n - 1) theta away, and a rival at least omega - (n - 1) theta *)
Theorem holds : sentence.
Proof.
  intros A n theta Hn HA H0 H1. pose proof PI_RGT_0. pose proof (letter_angle A ltac:(lia)) as W.
  assert (2 <= IZR n) by (apply IZR_le; lia). assert (2 <= IZR A) by (apply IZR_le; lia).
  assert (Hor : (IZR n - 1) * theta <= 2 * PI / IZR A).
  { replace (2 * PI / IZR A) with ((IZR n - 1) * (2 * PI / (IZR A * (IZR n - 1)))) by (field; lra).
    apply Rmult_le_compat_l; lra. }
  apply Rle_ge, Least_ge; [lia|]. intros k Hk. apply Least_ge; [lia|]. intros s Hs. apply Least_ge; [lia|]. intros t Ht.
  destruct (mod_other s t n Hs Ht) as [Hr _]. set (r := ((s + t) mod n)%Z) in *.
  assert (R : forall i, (0 <= i <= n - 1)%Z -> 0 <= theta * IZR i <= (IZR n - 1) * theta).
  { intros i Hi. assert (0 <= IZR i) by (apply IZR_le; lia).
    assert (IZR i <= IZR n - 1) by (rewrite <- minus_IZR; apply IZR_le; lia). nra. }
  pose proof (R s Hs). pose proof (R r Hr). pose proof (rival_le A k (theta * IZR r) ltac:(lia) Hk ltac:(lra)).
  replace (PI / IZR A) with (2 * PI / IZR A / 2) by (field; lra). set (w := 2 * PI / IZR A) in *.
  assert (cos ((IZR n - 1) * theta) <= cos (theta * IZR s)) by (apply cos_decr_1; lra).
  assert (cos (w - theta * IZR r) <= cos (w - (IZR n - 1) * theta)) by (apply cos_decr_1; lra).
  pose proof (cos_minus_cos ((IZR n - 1) * theta) (w - (IZR n - 1) * theta)) as E.
  replace (((IZR n - 1) * theta + (w - (IZR n - 1) * theta)) / 2) with (w / 2) in E by field.
  replace ((w - (IZR n - 1) * theta - (IZR n - 1) * theta) / 2) with (- (theta * (IZR n - 1) - w / 2)) in E by field.
  rewrite sin_neg in E. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros A n theta Hn HA *; assert (2 <= IZR n) by (apply IZR_le; lia);
    assert (2 <= IZR A) by (apply IZR_le; lia); repeat split; intros; lia || lra.
Qed.
