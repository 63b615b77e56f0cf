From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.

(* n = 3, two letters, theta = 1/4 *)
Theorem fails : ~ sentence.
Proof.
  intros H. specialize (H 2%Z 3%Z (1 / 4) ltac:(lia) ltac:(lia) ltac:(lra) ltac:(interval with (i_prec 30))).
  apply Rle_not_lt in H. apply H.
  expand. repeat apply Rmin_glb_lt; interval with (i_prec 30).
Qed.

Theorem makes_sense : sense.
Proof. repeat split; intros; try lia; apply not_0_IZR; lia. Qed.
