From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros g H. pose proof (exp_le _ _ (Rmult_le_compat_l 2 _ _ ltac:(lra) H)).
  assert (exp (2 * (2297 / 1000)) < 99) by interval with (i_prec 40).
  pose proof (exp_pos (2 * g)). apply Rmult_gt_reg_l with (exp (2 * g) + 1); [lra|].
  replace ((exp (2 * g) + 1) * (1 / (exp (2 * g) + 1))) with 1 by (field; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros g *. pose proof (exp_pos (2 * g)). lra.
Qed.
