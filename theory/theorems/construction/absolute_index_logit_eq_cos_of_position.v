From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros a b j n p Hn. assert (IZR n <> 0) by (apply not_0_IZR; lia).
  replace (PI * (- j + p) / IZR n) with (- (PI * (j - IZR n) / IZR n + PI * (IZR n - p) / IZR n)) by (field; assumption).
  rewrite cos_neg, cos_plus. ring.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros. apply not_0_IZR. lia.
Qed.
