From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

(* exp (beta cos x) = exp beta * exp (- beta (1 - cos x)), and t - i runs from - i *)
Theorem holds : sentence.
Proof.
  intros beta i n theta Hn Hi Hi'.
  set (T := Sum (- i) _ _). assert (0 < T) by (apply Sum_pos; [lia|]; intros; apply exp_pos).
  assert (E : Sum 0 (n - 1) (fun t => exp (beta * cos (theta * (- IZR i + IZR t)))) = exp beta * T).
  { unfold T. replace (- i)%Z with (0 + - i)%Z by ring. replace (0 + - i + n - 1)%Z with (n - 1 + - i)%Z by ring.
    rewrite Sum_shift, <- Sum_scal. apply Sum_ext. intros t _. rewrite <- exp_plus, plus_IZR, opp_IZR.
    rewrite (Rplus_comm (IZR t)). f_equal. ring. }
  rewrite E. pose proof (exp_pos beta). field. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros beta i n theta Hn Hi Hi'. repeat split; try lia; apply Rgt_not_eq, Sum_pos; try lia; intros; apply exp_pos.
Qed.
