From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros rest b f g h k Hb HR.
  assert (P : forall x : Z -> R, 0 < Sum 1 b (fun r => exp (x r)))
    by (intros x; apply Sum_pos; [lia|]; intros; apply exp_pos).
  pose proof (P f). pose proof (P g). pose proof (P h). pose proof (P k).
  field. repeat split; nra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros rest b f g h k Hb HR.
  assert (P : forall x : Z -> R, 0 < Sum 1 b (fun r => exp (x r)))
    by (intros x; apply Sum_pos; [lia|]; intros; apply exp_pos).
  assert (S : forall x y z w, 0 < x -> 0 < y -> 0 < z -> 0 < w -> x ^ 2 / z ^ 2 + y ^ 2 / w ^ 2 <> 0).
  { intros x y z w *. intros. apply Rgt_not_eq, Rplus_lt_0_compat; apply Rdiv_lt_0_compat; apply pow_lt; assumption. }
  pose proof (P f). pose proof (P g). pose proof (P h). pose proof (P k).
  repeat split; try lia; try apply S; nra.
Qed.
