From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Lemma divided n Z f : Sum 1 n (fun j => f j / Z) = / Z * Sum 1 n f.
Proof. rewrite <- Sum_scal. apply Sum_ext. intros j _. unfold Rdiv. lra. Qed.

Lemma square_divided n d Z f : Sum 1 d (fun i => Sum 1 n (fun j => f j i / Z) ^ 2) =
  (/ Z) ^ 2 * Sum 1 d (fun i => Sum 1 n (fun j => f j i) ^ 2).
Proof.
  rewrite <- Sum_scal. apply Sum_ext. intros i _.
  rewrite (divided n Z (fun j => f j i)). apply Rpow_mult_distr.
Qed.

Lemma norm_divided n d Z f : 0 < Z -> 0 <= Sum 1 d (fun i => Sum 1 n (fun j => f j i) ^ 2) ->
  sqrt (Sum 1 d (fun i => Sum 1 n (fun j => f j i / Z) ^ 2)) =
  / Z * sqrt (Sum 1 d (fun i => Sum 1 n (fun j => f j i) ^ 2)).
Proof.
  intros HZ H. pose proof (Rinv_0_lt_compat Z HZ).
  rewrite square_divided, sqrt_mult, sqrt_pow2 by (assumption || nra). reflexivity.
Qed.

Theorem holds : sentence.
Proof.
  intros B d n K tau w Hn Hd Hw HN. pose proof (Sum_pos 1 n (fun t => w t) ltac:(lia) Hw) as HZ.
  rewrite norm_divided, divided by lra. pose proof (sqrt_lt_R0 _ HN).
  field. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros B d n K tau w Hn Hd Hw; [split; [lia|intros; lia]|]. intros HN.
  pose proof (Sum_pos 1 n (fun t => w t) ltac:(lia) Hw) as HZ. pose proof (sqrt_lt_R0 _ HN).
  repeat match goal with |- _ /\ _ => split end; intros; try lia; try lra.
  - rewrite square_divided. apply Rmult_le_pos; [apply pow2_ge_0|lra].
  - rewrite norm_divided by lra. apply Rgt_not_eq, Rmult_lt_0_compat; [|assumption].
    apply Rinv_0_lt_compat. assumption.
Qed.
