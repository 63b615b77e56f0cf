From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros *. replace (omega * (- f + g) + t * theta) with ((g * omega - f * omega) + t * theta) by ring.
  rewrite cos_plus, sin_minus, cos_minus. ring.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. exact I.
Qed.
