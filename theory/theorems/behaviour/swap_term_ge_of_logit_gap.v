From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

(* with u = exp a >= v = exp b: (p v + q u)^2 >= v^2 (p^2 + q^2), as 2 p q u v >= 0 *)
Theorem holds : sentence.
Proof.
  intros a b p q Hp Hq Hab.
  set (u := exp a). set (v := exp b). assert (0 < u) by apply exp_pos. assert (0 < v) by apply exp_pos.
  replace (exp (2 * a)) with (u * u) by (unfold u; rewrite <- exp_plus; f_equal; ring).
  replace (exp (2 * b)) with (v * v) by (unfold v; rewrite <- exp_plus; f_equal; ring).
  replace (exp (2 * a - 2 * b)) with ((u * u) / (v * v)).
  2:{ unfold u, v, Rdiv. rewrite <- !exp_plus, <- exp_Ropp, <- exp_plus. f_equal. ring. }
  assert (v <= u) by (apply exp_le; lra).
  assert (0 < p * q) by nra. assert (0 < u * v) by nra. assert (v * v <= u * u) by nra.
  assert (0 < (p ^ 2 + q ^ 2) * (u * u + v * v)) by (apply Rmult_lt_0_compat; nra).
  replace (1 / (u * u / (v * v) + 1)) with (v * v * (p ^ 2 + q ^ 2) / ((p ^ 2 + q ^ 2) * (u * u + v * v)))
    by (field; nra).
  apply Rle_ge, Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; assumption|].
  assert (0 < p * q * (u * v)) by nra. nra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros a b p q Hp Hq _. pose proof exp_pos as P.
  pose proof (P (2 * a)). pose proof (P (2 * b)). pose proof (P (2 * a - 2 * b)). repeat split; nra.
Qed.
