From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.

(* n = 17, the integer 8, theta = 2 pi / 9: no rival is nearer than one step *)
Theorem fails : ~ sentence.
Proof.
  intros H. specialize (H 8%Z 17%Z (2 * PI / 9) ltac:(lia) ltac:(lia) ltac:(lia)).
  apply Rle_not_lt in H. apply H. eapply Rle_lt_trans; [apply Rmin_l|].
  expand. repeat apply Rmin_glb_lt; interval with (i_prec 30).
Qed.

Theorem makes_sense : sense.
Proof. intros i n theta *. intros. split; [lia|]. apply pow_nonzero, not_0_IZR. lia. Qed.
