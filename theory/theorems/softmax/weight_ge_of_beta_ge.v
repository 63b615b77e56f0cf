From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros beta epsilon lambda n Hn H0 H1 H. assert (2 <= IZR n) by (apply IZR_le; lia).
  set (c := (1 - epsilon) * (IZR n - 1)) in *. assert (C : 0 < c) by (apply Rmult_lt_0_compat; lra).
  assert (E : exp (- beta * lambda) <= epsilon / c).
  { replace (epsilon / c) with (exp (- ln (c / epsilon))).
    - apply exp_le. lra.
    - rewrite exp_Ropp, exp_ln by (apply Rdiv_lt_0_compat; lra). field. lra. }
  apply (Rmult_le_compat_l c) in E; [|lra]. replace (c * (epsilon / c)) with epsilon in E by (field; lra).
  assert (P : 0 < (IZR n - 1) * exp (- beta * lambda)) by (apply Rmult_lt_0_compat; [lra|apply exp_pos]).
  apply Rle_ge, Rmult_le_reg_r with ((IZR n - 1) * exp (- beta * lambda) + 1); [lra|].
  replace (1 / ((IZR n - 1) * exp (- beta * lambda) + 1) * ((IZR n - 1) * exp (- beta * lambda) + 1))
    with 1 by (field; lra). unfold c in E. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros; assert (2 <= IZR n) by (apply IZR_le; lia).
  - split; [lra|]. apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat|]; lra.
  - assert (0 < (IZR n - 1) * exp (- beta * lambda)) by (apply Rmult_lt_0_compat; [lra|apply exp_pos]). lra.
Qed.
