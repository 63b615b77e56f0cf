From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros g H0 H1. assert (0 < cosh g) by (unfold cosh; pose proof (exp_pos g); pose proof (exp_pos (- g)); lra).
  assert (cosh g < 20) by (unfold cosh; interval with (i_prec 40, i_bisect g, i_autodiff g)).
  apply Rmult_gt_reg_l with (cosh g); [assumption|]. replace (cosh g * (1 / cosh g)) with 1 by (field; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros g *. unfold cosh. pose proof (exp_pos g). pose proof (exp_pos (- g)). lra.
Qed.
