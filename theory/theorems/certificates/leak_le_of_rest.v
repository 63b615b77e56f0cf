From Coq Require Import Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros W X w Hw HW HX. apply Rmult_le_reg_r with ((W + w) * (X + w)); [apply Rmult_lt_0_compat; lra|].
  replace (W / (W + w) * ((W + w) * (X + w))) with (W * (X + w)) by (field; lra).
  replace (X / (X + w) * ((W + w) * (X + w))) with (X * (W + w)) by (field; lra). nra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros W X w Hw HW HX. split; lra.
Qed.
