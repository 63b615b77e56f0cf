From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.

(* the third term takes the sum above 1, by 8 millionths *)
Theorem fails : ~ sentence.
Proof.
  intros H. specialize (H 3%Z ltac:(lia)). apply Rle_not_lt in H. apply H.
  expand. interval with (i_prec 50).
Qed.

Theorem makes_sense : sense.
Proof. intros K HK. lia. Qed.
