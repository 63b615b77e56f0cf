From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas approximation.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros M theta HM. assert (1 <= IZR M) by (apply IZR_le; lia). pose proof PI_RGT_0.
  destruct (near_integer (theta / (2 * PI)) M) as (t & p & Ht & Hp); [lia|].
  apply Least_le_of with t; [exact Ht|]. apply Rplus_le_compat_l, Ropp_le_contravar.
  replace (theta * IZR t) with (2 * PI * (IZR t * (theta / (2 * PI)) - IZR p) + 2 * PI * IZR p)
    by (field; lra).
  rewrite cos_IZR. apply cos_le_of_abs_le; unfold Rdiv.
  - rewrite Rabs_mult, (Rabs_pos_eq (2 * PI)) by lra. apply Rmult_le_compat_l; lra.
  - assert (/ (IZR M + 1) <= / 2) by (apply Rinv_le_contravar; lra). nra.
Qed.

Theorem makes_sense : sense.
Proof. intros M theta HM. assert (1 <= IZR M) by (apply IZR_le; lia). split; [lia|lra]. Qed.
