From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros m h p r Hm Hr. apply Sum_le. intros k Hk. specialize (Hr k Hk).
  rewrite cos_minus, cos_plus. pose proof (SIN_bound (p k)).
  assert (L : sin (h k) * sin (p k) <= Rabs (sin (h k))) by (unfold Rabs; destruct (Rcase_abs _); nra).
  assert (0 <= r k * (Rabs (sin (h k)) - sin (h k) * sin (p k))) by (apply Rmult_le_pos; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros *. lia.
Qed.
