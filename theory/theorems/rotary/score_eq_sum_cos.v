From Coq Require Import Lia.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros m t K Q a b theta Hm. apply Sum_ext. intros k _.
  rewrite cos_minus, cos_plus, sin_plus. ring.
Qed.

Theorem makes_sense : sense.
Proof. intros m *. lia. Qed.
