From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros p a b q -> ->. unfold cosh. pose proof (exp_pos p). pose proof (exp_pos q).
  replace (2 * p) with (p + p) by ring. replace (2 * q) with (q + q) by ring.
  replace (- (p - q)) with (q - p) by ring. unfold Rminus.
  rewrite !exp_plus, !exp_Ropp. field. repeat split; nra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros p a b q _ _. unfold cosh. pose proof exp_pos as P.
  pose proof (P (2 * p)). pose proof (P (2 * q)). pose proof (P (2 * a)). pose proof (P (2 * b)).
  pose proof (P (p - q)). pose proof (P (- (p - q))).
  repeat split; try apply pow_nonzero; lra.
Qed.
