From Coq Require Import Lra.
From ropeproof Require Import prelude lemmas projections.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros a b c d e f t theta. replace (theta * (t + 1)) with (t * theta + theta) by ring. rewrite cos_plus, sin_plus.
  pose proof (circle (t * theta)) as C. set (C0 := cos (t * theta)) in *. set (S0 := sin (t * theta)) in *.
  pose proof (projections theta ((c - e) * (a * C0 - b * S0) + (d - f) * (a * S0 + b * C0))
    (- (c - e) * (a * S0 + b * C0) + (d - f) * (a * C0 - b * S0))) as P.
  match type of P with _ * ?l <= _ => replace l with ((S0 * S0 + C0 * C0) * (a ^ 2 + b ^ 2) * ((c - e) ^ 2 + (d - f) ^ 2)) in P by ring end.
  rewrite C in P. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  exact I.
Qed.
