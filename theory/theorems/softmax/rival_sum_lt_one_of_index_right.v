From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros beta i n theta Hn Hi Hi'. set (T := Sum (- i) _ _).
  assert (E : Sum 0 (n - 1) (fun t => exp (beta * cos (theta * (- IZR i + IZR t)))) = exp beta * T).
  { unfold T. replace (- i)%Z with (0 + - i)%Z by ring. replace (0 + - i + n - 1)%Z with (n - 1 + - i)%Z by ring.
    rewrite Sum_shift, <- Sum_scal. apply Sum_ext. intros t _. rewrite <- exp_plus, plus_IZR, opp_IZR.
    rewrite (Rplus_comm (IZR t)). f_equal. ring. }
  assert (P : 0 < T) by (apply Sum_pos; [lia|]; intros; apply exp_pos). pose proof (exp_pos beta) as B.
  rewrite E. replace (2 * exp beta / (exp beta * T)) with (2 / T) by (field; lra). intros H.
  apply Rgt_lt, (Rmult_lt_compat_r T) in H; [|exact P]. replace (2 / T * T) with 2 in H by (field; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; apply Rgt_not_eq, Sum_pos; try lia; intros; apply exp_pos.
Qed.
