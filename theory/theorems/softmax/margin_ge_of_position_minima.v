From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros D n c g w Hn Hw Hc. pose proof (Sum_pos 1 n (fun j => w j) ltac:(lia) Hw) as Z0.
  pose proof (Sum_le 1 n (fun j => c j) (fun j => D * w j + g j * w j)) as L. cbv beta in L.
  rewrite Sum_plus, Sum_scal in L.
  assert (L' := L ltac:(intros j Hj; specialize (Hc j Hj); lra)). clear L.
  apply Rle_ge, Rmult_le_reg_r with (Sum 1 n (fun j => w j)); [assumption|].
  rewrite Rmult_plus_distr_r. unfold Rdiv. rewrite !Rmult_assoc, Rinv_l, !Rmult_1_r by lra. exact L'.
Qed.

Theorem makes_sense : sense.
Proof.
  intros D n c g w Hn Hw Hc. pose proof (Sum_pos 1 n (fun j => w j) ltac:(lia) Hw).
  split; [lia|lra].
Qed.
