(* Rotary scores: only the distance of the positions matters. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Vectors.

(* what plane f adds to a score for each unit of the cosine, and of the sine, of its turn *)
Definition cosines (q k : nat -> R) (f : nat) : R :=
  q (2 * f)%nat * k (2 * f)%nat + q (2 * f + 1)%nat * k (2 * f + 1)%nat.
Definition sines (q k : nat -> R) (f : nat) : R :=
  q (2 * f)%nat * k (2 * f + 1)%nat - q (2 * f + 1)%nat * k (2 * f)%nat.

(* the score of a key t positions back *)
Definition score_at (dim planes : nat) (angle : nat -> R) (t : nat) (q k : nat -> R) : R :=
  sum planes (fun f => cosines q k f * cos (INR t * angle f))
  + sum planes (fun f => sines q k f * sin (INR t * angle f))
  + sum (dim - 2 * planes) (fun i => q (2 * planes + i)%nat * k (2 * planes + i)%nat).

Section Turned.
Variables (planes : nat) (angle : nat -> R) (p : nat) (v : nat -> R).

Lemma rotated_even f : (f < planes)%nat -> rotated planes angle p v (2 * f) =
  v (2 * f)%nat * cos (INR p * angle f) - v (2 * f + 1)%nat * sin (INR p * angle f).
Proof.
  intros H. unfold rotated. rewrite Nat.div2_double, (proj2 (Nat.ltb_lt _ _)) by lia.
  now rewrite (proj2 (Nat.even_spec _)) by (exists f; reflexivity).
Qed.

Lemma rotated_odd f : (f < planes)%nat -> rotated planes angle p v (2 * f + 1) =
  v (2 * f + 1)%nat * cos (INR p * angle f) + v (2 * f)%nat * sin (INR p * angle f).
Proof.
  intros H. unfold rotated. replace (2 * f + 1)%nat with (S (2 * f)) by lia.
  rewrite Nat.div2_succ_double.
  rewrite (proj2 (Nat.ltb_lt _ _)), Nat.even_succ by lia.
  replace (Nat.odd (2 * f)) with false; [now rewrite Nat.add_1_r|].
  unfold Nat.odd. now rewrite (proj2 (Nat.even_spec _)) by (exists f; reflexivity).
Qed.

Lemma rotated_rest i : rotated planes angle p v (2 * planes + i) = v (2 * planes + i)%nat.
Proof. unfold rotated. now rewrite (proj2 (Nat.ltb_ge _ _)) by lia. Qed.
End Turned.

Theorem rotary_score_eq dim planes angle p r q k : (2 * planes <= dim)%nat -> (r <= p)%nat ->
  rotary_score dim planes angle p r q k = score_at dim planes angle (p - r) q k.
Proof.
  intros Hd Hr. unfold rotary_score, score_at, dot.
  replace dim with (2 * planes + (dim - 2 * planes))%nat at 1 by lia.
  rewrite sum_app, sum_pairs, <- sum_plus. f_equal.
  - apply sum_ext. intros f Hf. rewrite !rotated_even, !rotated_odd by exact Hf.
    unfold cosines, sines. rewrite minus_INR by exact Hr.
    replace ((INR p - INR r) * angle f) with (INR p * angle f - INR r * angle f) by ring.
    rewrite cos_minus, sin_minus. ring.
  - apply sum_ext. intros i _. now rewrite !rotated_rest.
Qed.
