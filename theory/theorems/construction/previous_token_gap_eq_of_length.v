From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

(* the rival at t stands t - 1 away, and the rival in front 1 away: both sides have the same terms *)
Theorem holds : sentence.
Proof.
  intros n theta Hn. apply Rle_antisym.
  - apply Least_ge; [lia|]. intros t Ht. destruct (Z.eq_dec t 1) as [->|N].
    + eapply Rle_trans; [apply Rmin_l|]. rewrite Rmult_1_r. apply Rle_refl.
    + eapply Rle_trans; [apply Rmin_r|]. apply Least_le_of with (t + 1)%Z; [lia|].
      rewrite plus_IZR. replace (IZR t + 1 - 1) with (IZR t) by ring. apply Rle_refl.
  - apply Rmin_glb.
    + apply Least_le_of with 1%Z; [lia|]. rewrite Rmult_1_r. apply Rle_refl.
    + apply Least_ge; [lia|]. intros t Ht. apply Least_le_of with (t - 1)%Z; [lia|].
      rewrite minus_IZR. apply Rle_refl.
Qed.

Theorem makes_sense : sense.
Proof. intros n theta Hn. lia. Qed.
