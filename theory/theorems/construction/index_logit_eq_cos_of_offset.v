From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros *. replace (theta * (- i + t)) with (t * theta - i * theta) by ring. rewrite cos_minus. ring.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. exact I.
Qed.
