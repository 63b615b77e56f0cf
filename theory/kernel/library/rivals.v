(* Letters and positions that compete with the target. *)
From Coq Require Import Reals ZArith Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
Open Scope R_scope.

Lemma mod_other s t n : (0 <= s <= n - 1)%Z -> (1 <= t <= n - 1)%Z ->
  (0 <= (s + t) mod n <= n - 1 /\ (s + t) mod n <> s)%Z.
Proof.
  intros Hs Ht. destruct (Z_lt_ge_dec (s + t) n).
  - rewrite Z.mod_small; lia.
  - replace (s + t)%Z with (s + t - n + 1 * n)%Z by ring. rewrite Z.mod_add, Z.mod_small; lia.
Qed.

Lemma mod_cases s t n : (0 <= s <= n - 1)%Z -> (1 <= t <= n - 1)%Z ->
  ((s + t) mod n = s + t \/ (s + t) mod n = s + t - n)%Z.
Proof.
  intros Hs Ht. destruct (Z_lt_ge_dec (s + t) n); [left; apply Z.mod_small; lia|right].
  replace (s + t)%Z with (s + t - n + 1 * n)%Z at 1 by ring. rewrite Z.mod_add, Z.mod_small; lia.
Qed.

(* the first multiple of a step that reaches a mark *)
Lemma first_multiple theta w : 0 < theta -> exists s, w <= theta * IZR s < w + theta.
Proof.
  intros H. exists (- Int_part (- (w / theta)))%Z. rewrite opp_IZR.
  pose proof (base_Int_part (- (w / theta))). assert (E : w = w / theta * theta) by (field; lra).
  set (x := w / theta) in *. nra.
Qed.

Lemma letter_angle A : (2 <= A)%Z -> 0 < 2 * PI / IZR A <= PI.
Proof.
  intros HA. pose proof PI_RGT_0. assert (2 <= IZR A) by (apply IZR_le; lia).
  assert (/ IZR A <= / 2) by (apply Rinv_le_contravar; lra).
  assert (0 < / IZR A) by (apply Rinv_0_lt_compat; lra). unfold Rdiv. split; nra.
Qed.

(* a rival x radians away scores at most cos (omega - x), whatever its letter *)
Lemma rival_le (A k : Z) (x : R) : (2 <= A)%Z -> (1 <= k <= A - 1)%Z ->
  0 <= x <= 2 * PI / IZR A -> cos (x + 2 * PI * IZR k / IZR A) <= cos (2 * PI / IZR A - x).
Proof.
  intros HA Hk Hx. pose proof PI_RGT_0. assert (2 <= IZR A) by (apply IZR_le; lia).
  assert (1 <= IZR k) by (apply IZR_le; lia).
  assert (IZR k + 1 <= IZR A) by (rewrite <- plus_IZR; apply IZR_le; lia).
  set (w := 2 * PI / IZR A) in *.
  assert (E : IZR A * w = 2 * PI) by (unfold w; field; lra).
  replace (2 * PI * IZR k / IZR A) with (IZR k * w) by (unfold w; field; lra).
  assert (0 < w) by (unfold w; apply Rdiv_lt_0_compat; lra).
  assert (0 <= (IZR k - 1) * w) by nra. assert ((IZR k + 1) * w <= 2 * PI) by nra.
  apply cos_le_of_sines; apply sin_ge_0; lra.
Qed.

(* the letters other than one's own score at most cos omega *)
Lemma letter_le A k : (2 <= A)%Z -> (1 <= k <= A - 1)%Z -> cos (2 * PI * IZR k / IZR A) <= cos (2 * PI / IZR A).
Proof.
  intros HA Hk. pose proof (letter_angle A HA).
  pose proof (rival_le A k 0 HA Hk ltac:(lra)) as L. rewrite Rplus_0_l, Rminus_0_r in L. exact L.
Qed.

(* the first match s theta away with (2 s - 1) theta >= omega loses to a rival of the next letter
   one position nearer *)
Lemma retrieval_nonpos A n theta : (3 <= n)%Z -> (2 <= A)%Z ->
  2 * PI / IZR A <= (2 * IZR n - 3) * theta -> theta <= 2 * PI / IZR A ->
  Least 1 (A - 1) (fun k => Least 0 (n - 1) (fun s => Least 1 (n - 1) (fun t =>
    cos (theta * IZR s) - cos (theta * IZR ((s + t) mod n) + 2 * PI * IZR k / IZR A)))) <= 0.
Proof.
  intros Hn HA Hor Hw. pose proof PI_RGT_0. pose proof (letter_angle A HA) as W.
  assert (2 <= IZR A) by (apply IZR_le; lia). assert (3 <= IZR n) by (apply IZR_le; lia).
  set (w := 2 * PI / IZR A) in *. assert (T : 0 < theta) by nra.
  destruct (first_multiple theta ((w + theta) / 2) T) as [s [L U]].
  assert (0 < s)%Z by (apply lt_IZR; nra). assert (s < n)%Z by (apply lt_IZR; nra).
  apply Least_le_of with (A - 1)%Z; [lia|]. apply Least_le_of with s; [lia|]. apply Least_le_of with (n - 1)%Z; [lia|].
  replace ((s + (n - 1)) mod n)%Z with (s - 1)%Z
    by (replace (s + (n - 1))%Z with (s - 1 + 1 * n)%Z by ring; rewrite Z.mod_add, Z.mod_small; lia).
  rewrite !minus_IZR.
  replace (theta * (IZR s - 1) + 2 * PI * (IZR A - 1) / IZR A)
    with (- (w - theta * (IZR s - 1)) + 2 * PI * IZR 1) by (unfold w; field; lra).
  rewrite cos_IZR, cos_neg.
  assert (cos (theta * IZR s) <= cos (w - theta * (IZR s - 1))); [|lra].
  apply cos_le_of_sines; apply sin_ge_0; lra.
Qed.

(* of the terms of the target at j, a step to j + 1 trades the farthest behind for a new one in front *)
Lemma step_to_middle n j (f : R -> R) : (1 <= n)%Z ->
  Sum 0 (n - 1) (fun t => f (- IZR j + IZR t - 1)) + f (IZR n - 1 - IZR j)
  = Sum 0 (n - 1) (fun t => f (- IZR j + IZR t)) + f (- IZR j - 1).
Proof.
  intros Hn. rewrite Sum_first by lia. rewrite (Sum_last 0 (n - 1) (fun t => f (- IZR j + IZR t))) by lia.
  replace (Sum (0 + 1) (n - 1) (fun t => f (- IZR j + IZR t - 1)))
    with (Sum 0 (n - 1 - 1) (fun t => f (- IZR j + IZR t))).
  - rewrite minus_IZR, Rplus_0_r. replace (- IZR j + (IZR n - 1)) with (IZR n - 1 - IZR j) by ring. ring.
  - replace (n - 1)%Z with (n - 1 - 1 + 1)%Z at 2 by ring. rewrite Sum_shift. apply Sum_ext.
    intros t _. rewrite plus_IZR. f_equal. ring.
Qed.
