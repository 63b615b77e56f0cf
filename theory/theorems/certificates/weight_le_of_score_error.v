From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros eta n r s Hn Low High. set (R := Sum 1 n (fun j => exp (r j))). set (T := Sum 1 n (fun j => exp (s j))).
  assert (PR : 0 < R) by (apply Sum_pos; [lia|]; intros; apply exp_pos).
  assert (PT : 0 < T) by (apply Sum_pos; [lia|]; intros; apply exp_pos).
  assert (L : exp (- eta) * T <= R).
  { unfold T, R. rewrite <- Sum_scal. apply Sum_le. intros j Hj. rewrite <- exp_plus. apply exp_le, Rge_le, Low, Hj. }
  assert (H : exp (r 1%Z) <= exp eta * exp (s 1%Z)) by (rewrite <- exp_plus; apply exp_le, High; lia).
  assert (E : exp (2 * eta) * exp (- eta) = exp eta) by (rewrite <- exp_plus; f_equal; ring).
  apply Rmult_le_reg_r with (R * T); [apply Rmult_lt_0_compat; assumption|].
  replace (exp (r 1%Z) / R * (R * T)) with (exp (r 1%Z) * T) by (field; lra).
  replace (exp (2 * eta) * exp (s 1%Z) / T * (R * T)) with (exp (2 * eta) * exp (s 1%Z) * R) by (field; lra).
  apply Rle_trans with (exp eta * exp (s 1%Z) * T); [apply Rmult_le_compat_r; lra|].
  rewrite <- E. pose proof (exp_pos (2 * eta)). pose proof (exp_pos (s 1%Z)).
  replace (exp (2 * eta) * exp (- eta) * exp (s 1%Z) * T) with (exp (2 * eta) * exp (s 1%Z) * (exp (- eta) * T)) by ring.
  apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|exact L].
Qed.

Theorem makes_sense : sense.
Proof.
  intros eta n r s Hn Low High. repeat split; [lia| |]; apply Rgt_not_eq, Sum_pos; try lia; intros; apply exp_pos.
Qed.
