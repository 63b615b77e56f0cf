(* Projections on two directions of the plane: checked, so not trusted. *)
From Coq Require Import Reals Lra Psatz.
From ropeproof Require Import prelude lemmas.
Open Scope R_scope.

(* (p, r) on the first axis, and on a direction an angle further; k stands for |cos angle| *)
Lemma projections_of_abs c s k p r : s * s + c * c = 1 -> 0 <= k -> k * k = c * c ->
  (1 - k) * (p * p + r * r) <= p * p + (c * p + s * r) * (c * p + s * r).
Proof.
  intros H K E. apply Rmult_le_reg_l with (1 + k); [lra|].
  destruct (Rle_dec 0 c) as [C|C].
  - replace k with c by nra. pose proof (pow2_ge_0 ((1 + c) * p + s * r)). nra.
  - assert (Ek : k = - c) by nra. subst k. pose proof (pow2_ge_0 ((1 - c) * p - s * r)). nra.
Qed.

Lemma projections x p r :
  (1 - Rabs (cos x)) * (p * p + r * r) <= p * p + (cos x * p + sin x * r) * (cos x * p + sin x * r).
Proof.
  apply projections_of_abs; [apply circle|apply Rabs_pos|].
  rewrite <- Rabs_mult. apply Rabs_pos_eq. nra.
Qed.
