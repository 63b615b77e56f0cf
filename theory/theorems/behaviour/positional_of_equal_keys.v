From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros m t a b c d e f theta Hm Hc Hd. apply Sum_ext. intros k Hk. rewrite (Hc k Hk), (Hd k Hk). ring.
Qed.

Theorem makes_sense : sense.
Proof.
  intros m *. lia.
Qed.
