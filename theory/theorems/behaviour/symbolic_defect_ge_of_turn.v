From Coq Require Import Lra.
From ropeproof Require Import prelude lemmas projections.
From ledger Require Import Statement.

(* the first change and the one at right angles to it *)
Theorem holds : sentence.
Proof.
  intros a b c d t theta. replace (theta * (t + 2)) with (t * theta + theta + theta) by ring.
  replace (theta * (t + 1)) with (t * theta + theta) by ring.
  rewrite (cos_plus (t * theta + theta)), (sin_plus (t * theta + theta)), cos_plus, sin_plus.
  pose proof (circle (t * theta)) as C. set (C0 := cos (t * theta)) in *. set (S0 := sin (t * theta)) in *.
  set (x := c * (a * C0 - b * S0) + d * (a * S0 + b * C0)). set (y := - c * (a * S0 + b * C0) + d * (a * C0 - b * S0)).
  pose proof (circle theta) as T. pose proof (projections theta (x * (1 - cos theta) - y * sin theta) (x * sin theta + y * (1 - cos theta))) as P.
  assert (E : x * x + y * y = (S0 * S0 + C0 * C0) * (a ^ 2 + b ^ 2) * (c ^ 2 + d ^ 2)) by (unfold x, y; ring).
  rewrite C in E. set (u := cos theta) in *. set (w := sin theta) in *.
  match type of P with _ * ?l <= _ => assert (N : l = (2 - 2 * u) * ((a ^ 2 + b ^ 2) * (c ^ 2 + d ^ 2))) end.
  { replace ((2 - 2 * u) * ((a ^ 2 + b ^ 2) * (c ^ 2 + d ^ 2))) with
      ((w * w + u * u + 1 - 2 * u) * (x * x + y * y)) by (rewrite T, E; ring). ring. }
  rewrite N in P. apply Rle_ge. rewrite !Rmult_assoc in *. eapply Rle_trans; [exact P|]. right. unfold x, y. ring.
Qed.

Theorem makes_sense : sense.
Proof.
  exact I.
Qed.
