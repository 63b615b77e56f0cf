From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.

(* the base 310,000 fails at m = 14,894 *)
Theorem fails : ~ sentence.
Proof.
  intros H. specialize (H (ln 310000) 14894%Z 7%Z).
  apply Rge_not_lt in H; [apply H|lia|lia|lia|simpl; lra|simpl; lra|simpl; lra].
  expand. interval with (i_prec 50).
Qed.

Theorem makes_sense : sense.
Proof. split; intros ell m row *; [|lia]. intros. repeat destruct (_ =? _)%Z; lra. Qed.
