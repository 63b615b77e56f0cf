From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros beta n theta Hn. set (T := Sum 1 _ (fun t => exp _)).
  assert (Z0 : Sum 0 (n - 1) (fun t => exp (beta * cos (theta * IZR t))) = exp beta * (1 + T)).
  { rewrite Sum_first by lia. change (0 + 1)%Z with 1%Z. rewrite Rmult_0_r, cos_0, Rmult_1_r.
    rewrite Rmult_plus_distr_l. unfold T. rewrite <- Sum_scal, Rmult_1_r. f_equal. apply Sum_ext. intros t _.
    rewrite <- exp_plus. f_equal. ring. }
  assert (P : 0 <= T) by (apply Sum_nonneg; intros; left; apply exp_pos). pose proof (exp_pos beta) as B.
  rewrite Z0. intros H.
  replace (exp beta / (exp beta * (1 + T))) with (1 / (1 + T)) in H by (field; split; lra).
  replace (2 * exp beta / (exp beta * (1 + T))) with (2 * (1 / (1 + T))) in H by (field; split; lra).
  replace ((-2) * exp beta / (exp beta * (1 + T))) with (-2 * (1 / (1 + T))) in H by (field; split; lra).
  assert (W : 1 / 4 < 1 / (1 + T)) by lra.
  apply (Rmult_lt_compat_r (1 + T)) in W; [|lra]. replace (1 / (1 + T) * (1 + T)) with 1 in W by (field; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; apply Rgt_not_eq, Sum_pos; try lia; intros; apply exp_pos.
Qed.
