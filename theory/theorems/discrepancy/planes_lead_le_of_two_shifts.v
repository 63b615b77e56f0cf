From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros m h p r Hm Hr. apply Sum_le. intros k Hk. specialize (Hr k Hk).
  rewrite cos_minus, cos_plus. pose proof (COS_bound (2 * h k)). pose proof (COS_bound (2 * p k)).
  set (u := cos (2 * h k)) in *. set (v := cos (2 * p k)) in *.
  assert (0 <= r k * ((1 - u) * (1 - v))) by (apply Rmult_le_pos; [lra|nra]). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros *. lia.
Qed.
