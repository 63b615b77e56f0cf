From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros beta epsilon lambda n Hn H0 H1 H. assert (2 <= IZR n) by (apply IZR_le; lia).
  set (c := (1 - epsilon) * (IZR n - 1)). assert (C : 0 < c) by (apply Rmult_lt_0_compat; lra).
  pose proof (exp_pos (- beta * lambda)) as X.
  assert (P : 0 < (IZR n - 1) * exp (- beta * lambda)) by (apply Rmult_lt_0_compat; lra).
  apply Rge_le, (Rmult_le_compat_r ((IZR n - 1) * exp (- beta * lambda) + 1)) in H; [|lra].
  replace (1 / ((IZR n - 1) * exp (- beta * lambda) + 1) * ((IZR n - 1) * exp (- beta * lambda) + 1))
    with 1 in H by (field; lra).
  assert (E : exp (- beta * lambda) <= epsilon / c).
  { apply Rmult_le_reg_l with c; [exact C|]. replace (c * (epsilon / c)) with epsilon by (field; lra). unfold c. lra. }
  apply ln_le in E; [|exact X]. rewrite ln_exp in E. replace (epsilon / c) with (/ (c / epsilon)) in E by (field; lra).
  rewrite ln_Rinv in E by (apply Rdiv_lt_0_compat; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros; assert (2 <= IZR n) by (apply IZR_le; lia).
  - assert (0 < (IZR n - 1) * exp (- beta * lambda)) by (apply Rmult_lt_0_compat; [lra|apply exp_pos]). lra.
  - split; [lra|]. apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat|]; lra.
Qed.
