From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros A beta k n s theta b *. intros Hn HA Hs Hs' Hk Hk' H0 H1. apply Rplus_ge_compat_l, Ropp_ge_contravar, Rle_ge, Sum_le.
  intros u Hu. specialize (H1 u Hu). pose proof (exp_pos (beta * cos (theta * IZR ((s + u) mod n) + 2 * PI * IZR k / IZR A))). nra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. repeat split; intros; try lia; apply not_0_IZR; lia.
Qed.
