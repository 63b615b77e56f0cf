From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros l m b f Hm Hl H. apply Rle_ge, Least_ge; [lia|]. intros i Hi.
  apply (Least_le_of _ _ _ i); [exact Hi|]. apply H, Hi.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; lia.
Qed.
