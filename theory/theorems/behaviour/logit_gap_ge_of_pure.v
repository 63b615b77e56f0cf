From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

(* with y = exp g >= 1 and s = sqrt (1 - gamma^2), gamma cosh g >= 1 says (gamma y - 1)^2 >= s^2;
   so gamma y >= 1 + s, for gamma y <= 1 - s would put gamma = gamma 1 there too *)
Theorem holds : sentence.
Proof.
  intros g gamma Hg Hp H1. set (y := exp g).
  assert (Y : 1 <= y) by (unfold y; rewrite <- exp_0; apply exp_le; lra).
  assert (C : cosh g = (y * y + 1) / (2 * y)).
  { unfold cosh. rewrite exp_Ropp. fold y. field. lra. }
  assert (P : 0 < cosh g) by (rewrite C; apply Rdiv_lt_0_compat; nra).
  assert (Q : 0 < 1 / cosh g) by (apply Rdiv_lt_0_compat; lra).
  assert (G : 2 * y <= gamma * (y * y + 1)).
  { replace (2 * y) with (1 / cosh g * (y * y + 1)) by (rewrite C; field; nra). apply Rmult_le_compat_r; nra. }
  pose proof (sqrt_pos (1 - gamma ^ 2)) as S. pose proof (sqrt_sqrt (1 - gamma ^ 2) ltac:(nra)) as E.
  set (s := sqrt (1 - gamma ^ 2)) in *.
  assert (L : 1 + s <= gamma * y).
  { destruct (Rle_dec (1 + s) (gamma * y)) as [|N]; [assumption|exfalso].
    assert (gamma * y <= 1 - s) by nra. assert (gamma <= gamma * y) by nra.
    assert ((1 - s) * (1 + s) <= (1 - s) * gamma) by nra. assert (1 + s <= gamma) by nra. nra. }
  replace g with (ln y) by apply ln_exp. apply Rle_ge, ln_le; [apply Rdiv_lt_0_compat; lra|].
  apply Rmult_le_reg_r with gamma; [lra|]. replace ((s + 1) / gamma * gamma) with (s + 1) by (field; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  assert (P : forall g, 0 < cosh g)
    by (intros g; unfold cosh; pose proof (exp_pos g); pose proof (exp_pos (- g)); lra).
  split; intros g gamma Hg *; pose proof (P g); [lra|]. intros Hp H1.
  assert (0 < 1 / cosh g) by (apply Rdiv_lt_0_compat; lra). pose proof (sqrt_pos (1 - gamma ^ 2)).
  repeat split; [lra|nra|]. apply Rdiv_lt_0_compat; lra.
Qed.
