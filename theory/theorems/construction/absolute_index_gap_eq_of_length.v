From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

(* every other position is at least a neighbour away, and at most n - 1 *)
Theorem holds : sentence.
Proof.
  intros j n Hn Hj Hj'. pose proof PI_RGT_0. assert (N : 2 <= IZR n) by (apply IZR_le; lia).
  assert (I : 0 < / IZR n) by (apply Rinv_0_lt_compat; lra). assert (IZR n * / IZR n = 1) by (field; lra).
  assert (U : forall d, (1 <= Z.abs d <= n - 1)%Z -> cos (PI * IZR d / IZR n) <= cos (PI / IZR n)).
  { intros d Hd. rewrite <- (cos_Rabs (PI * _ / _)). unfold Rdiv.
    rewrite !Rabs_mult, (Rabs_pos_eq PI), (Rabs_pos_eq (/ _)), <- abs_IZR by lra.
    assert (1 <= IZR (Z.abs d)) by (apply IZR_le; lia).
    assert (IZR (Z.abs d) <= IZR n) by (apply IZR_le; lia).
    assert (0 < PI * / IZR n) by nra. assert (PI * IZR n * / IZR n = PI) by (field; lra).
    apply cos_decr_1; nra. }
  apply Rle_antisym.
  - destruct (Z.eq_dec j n) as [->|Nj].
    + apply Least_le_of with (n - 1)%Z; [lia|].
      replace ((n + (n - 1) - 1) mod n)%Z with (n - 2)%Z
        by (replace (n + (n - 1) - 1)%Z with (n - 2 + 1 * n)%Z by ring; rewrite Z.mod_add, Z.mod_small; lia).
      rewrite minus_IZR. replace (PI * (- IZR n + (IZR n - 2) + 1) / IZR n) with (- (PI / IZR n)) by (field; lra).
      rewrite cos_neg. apply Rle_refl.
    + apply Least_le_of with 1%Z; [lia|]. replace (j + 1 - 1)%Z with j by ring. rewrite Z.mod_small by lia.
      replace (- IZR j + IZR j + 1) with 1 by ring. rewrite Rmult_1_r. apply Rle_refl.
  - apply Least_ge; [lia|]. intros s Hs. replace (j + s - 1)%Z with (j - 1 + s)%Z by ring.
    pose proof (mod_other (j - 1) s n ltac:(lia) Hs). set (r := ((j - 1 + s) mod n)%Z) in *.
    replace (- IZR j + IZR r + 1) with (IZR (r - (j - 1))) by (rewrite !minus_IZR; ring).
    pose proof (U (r - (j - 1))%Z ltac:(lia)). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros j n Hn Hj Hj'. assert (2 <= IZR n) by (apply IZR_le; lia). repeat split; intros; lia || lra.
Qed.
