From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros e l n x Hn H0 H1 Hl. pose proof (exp_pos (- x)). assert (0 < e * exp (- x)) by (apply Rmult_lt_0_compat; lra). field. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. repeat split; intros; pose proof (exp_pos (- x)); assert (0 < epsilon * exp (- x)) by (apply Rmult_lt_0_compat; lra); try lra.
  assert (0 < epsilon * exp (- x) / (1 - epsilon)) by (apply Rdiv_lt_0_compat; lra). lra.
Qed.
