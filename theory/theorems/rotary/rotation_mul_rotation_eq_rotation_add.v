From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros *. intros Hm. apply Sum_ext. intros k Hk. rewrite sin_plus, cos_plus. ring.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros *. lia.
Qed.
