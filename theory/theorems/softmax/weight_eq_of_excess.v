From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

(* exp (- beta lambda) = epsilon exp (- x) / ((n - 1) (1 - epsilon)) *)
Lemma rival beta epsilon lambda n x : (n >= 2)%Z -> epsilon > 0 -> epsilon < 1 ->
  x = beta * lambda - ln ((1 - epsilon) * (IZR n - 1) / epsilon) ->
  exp (- (beta * lambda)) = epsilon * exp (- x) / ((1 - epsilon) * (IZR n - 1)).
Proof.
  intros Hn H0 H1 ->. assert (2 <= IZR n) by (apply IZR_le; lia).
  assert (0 < (1 - epsilon) * (IZR n - 1)) by (apply Rmult_lt_0_compat; lra).
  replace (- (beta * lambda - ln ((1 - epsilon) * (IZR n - 1) / epsilon)))
    with (- (beta * lambda) + ln ((1 - epsilon) * (IZR n - 1) / epsilon)) by ring.
  rewrite exp_plus, exp_ln by (apply Rdiv_lt_0_compat; lra). field. lra.
Qed.

Theorem holds : sentence.
Proof.
  intros beta epsilon lambda n x Hn H0 H1 Hx. assert (2 <= IZR n) by (apply IZR_le; lia).
  pose proof (exp_pos (- x)). assert (0 < epsilon * exp (- x)) by (apply Rmult_lt_0_compat; lra).
  replace (- beta * lambda) with (- (beta * lambda)) by ring.
  rewrite (rival beta epsilon lambda n x Hn H0 H1 Hx). field. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros.
  - assert (2 <= IZR n) by (apply IZR_le; lia). split; [lra|].
    apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat|]; lra.
  - assert (2 <= IZR n) by (apply IZR_le; lia). pose proof (exp_pos (- x)).
    assert (0 < epsilon * exp (- x)) by (apply Rmult_lt_0_compat; lra).
    assert (0 < (IZR n - 1) * exp (- beta * lambda)) by (apply Rmult_lt_0_compat; [lra|apply exp_pos]).
    repeat split; lra.
Qed.
