From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

(* the first match s theta away with s theta >= omega loses to a rival of the next letter right here *)
Theorem holds : sentence.
Proof.
  intros A n theta Hn HA H0 H1. pose proof PI_RGT_0. pose proof (letter_angle A ltac:(lia)) as W.
  assert (2 <= IZR n) by (apply IZR_le; lia). assert (3 <= IZR A) by (apply IZR_le; lia).
  assert (Hor : 2 * PI / IZR A <= (IZR n - 1) * theta).
  { replace (2 * PI / IZR A) with ((IZR n - 1) * (2 * PI / (IZR A * (IZR n - 1)))) by (field; lra).
    apply Rmult_le_compat_l; lra. }
  assert (E : IZR A * (2 * PI / IZR A) = 2 * PI) by (field; lra).
  set (w := 2 * PI / IZR A) in *. assert (T : 0 < theta) by nra.
  destruct (first_multiple theta w T) as [s [L U]].
  assert (0 < s)%Z by (apply lt_IZR; nra). assert (s <= n - 1)%Z.
  { assert (s < n)%Z; [|lia]. apply lt_IZR. nra. }
  assert (theta * IZR s <= 2 * PI - w).
  { destruct (Z.eq_dec s 1) as [->|]; [lra|]. assert (2 <= IZR s) by (apply IZR_le; lia). nra. }
  apply Least_le_of with 1%Z; [lia|]. apply Least_le_of with s; [lia|]. apply Least_le_of with (n - s)%Z; [lia|].
  replace ((n - s + s) mod n)%Z with 0%Z by (rewrite Z.sub_add, Z_mod_same_full; reflexivity).
  rewrite Rmult_0_r, Rmult_1_r, cos_0. fold w.
  assert (cos (theta * IZR s) <= cos w) by (apply cos_le_of_sines; apply sin_ge_0; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros A n theta Hn HA *; assert (2 <= IZR n) by (apply IZR_le; lia);
    assert (3 <= IZR A) by (apply IZR_le; lia); repeat split; intros; lia || lra.
Qed.
