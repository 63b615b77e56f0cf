From Coq Require Import Lia.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros i j m a b c d theta Hm. apply Sum_ext. intros k _.
  replace ((i - j) * theta k) with (i * theta k - j * theta k) by ring.
  rewrite sin_minus, cos_minus. ring.
Qed.

Theorem makes_sense : sense.
Proof. intros i j m *. lia. Qed.
