From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros beta n theta v Hn V1. set (T := Sum 1 _ (fun t => exp _)). intros HT.
  assert (E : Sum 1 (n - 1) (fun t => exp (beta * cos (theta * IZR t))) = exp beta * T).
  { unfold T. rewrite <- Sum_scal. apply Sum_ext. intros t _. rewrite <- exp_plus. f_equal. ring. }
  assert (Z0 : Sum 0 (n - 1) (fun t => exp (beta * cos (theta * IZR t))) = exp beta * (1 + T)).
  { rewrite Sum_first by lia. change (0 + 1)%Z with 1%Z. rewrite E. rewrite Rmult_0_r, cos_0, Rmult_1_r. ring. }
  assert (P : 0 <= T) by (apply Sum_nonneg; intros; left; apply exp_pos). pose proof (exp_pos beta) as B.
  assert (S : Sum 1 (n - 1) (fun t => v t * exp (beta * cos (theta * IZR t))) <= exp beta * T).
  { rewrite <- E. apply Sum_le. intros t Ht. specialize (V1 t Ht). pose proof (exp_pos (beta * cos (theta * IZR t))).
    nra. }
  rewrite Z0. revert S. generalize (Sum 1 (n - 1) (fun t => v t * exp (beta * cos (theta * IZR t)))) as s. intros s S.
  assert (D : 0 < exp beta * (1 + T)) by (apply Rmult_lt_0_compat; lra).
  apply Rlt_gt, Rmult_lt_reg_r with (exp beta * (1 + T)); [exact D|]. rewrite Rmult_0_l.
  match goal with |- 0 < ?l * _ => replace (l * (exp beta * (1 + T))) with (exp beta * (1 + T) + 2 * exp beta - 2 * s) by (field; split; lra) end.
  assert (0 < exp beta * (3 - T)) by (apply Rmult_lt_0_compat; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; apply Rgt_not_eq, Sum_pos; try lia; intros; apply exp_pos.
Qed.
