From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros * HR -> ->.
  pose proof (exp_pos a_y1). pose proof (exp_pos a_y2).
  assert (E : (exp a_y1 - exp a_y2) / (R_ + exp a_y1 + exp a_y2) = - ((exp a_y2 - exp a_y1) / (R_ + exp a_y2 + exp a_y1))) by (field; lra).
  rewrite E. unfold Rmin. destruct (Rle_dec _ _); lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. split; intros; pose proof (exp_pos a_x1); pose proof (exp_pos a_x2); pose proof (exp_pos a_y1); pose proof (exp_pos a_y2); lra.
Qed.
