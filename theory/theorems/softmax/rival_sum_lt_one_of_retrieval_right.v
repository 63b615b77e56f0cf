From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros A beta k n s theta Hn HA H. set (own := cos (theta * IZR s)) in *. set (rest := Sum _ _ _).
  apply Rmult_lt_reg_l with (exp (beta * own)); [apply exp_pos|]. rewrite Rmult_1_r. unfold rest.
  rewrite <- Sum_scal. erewrite Sum_ext; [exact H|]. intros u _. cbv beta. rewrite <- exp_plus. f_equal. ring.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; apply not_0_IZR; lia.
Qed.
