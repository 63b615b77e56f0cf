From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros m t x y Hm. apply Sum_ext. intros k Hk.
  transitivity ((x k ^ 2 + y k ^ 2) * (sin (t k) * sin (t k) + cos (t k) * cos (t k))); [ring|rewrite circle; ring].
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros *. lia.
Qed.
