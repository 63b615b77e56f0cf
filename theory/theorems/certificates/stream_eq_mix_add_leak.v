From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros a b n w0 w1 r v Hn H0 H1 Hr. assert (0 < Sum 1 n (fun j => r j)) by (apply Sum_pos; [lia|exact Hr]).
  field. repeat split; lra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros a b n w0 w1 r v Hn H0 H1 Hr. assert (0 < Sum 1 n (fun j => r j)) by (apply Sum_pos; [lia|exact Hr]).
  repeat split; lia || lra.
Qed.
