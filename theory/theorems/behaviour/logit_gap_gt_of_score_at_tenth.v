From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros g H0 H1. interval with (i_prec 40, i_bisect g, i_autodiff g).
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros g *. pose proof (exp_pos (2 * g)). lra.
Qed.
