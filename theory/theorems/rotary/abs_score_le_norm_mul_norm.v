From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros m t a b c d theta Hm.
  set (X k := a k * sin (t * theta k) + b k * cos (t * theta k)).
  set (Y k := - b k * sin (t * theta k) + a k * cos (t * theta k)).
  replace (Sum 1 m (fun k => a k ^ 2 + b k ^ 2)) with (Sum 1 m (fun k => X k ^ 2 + Y k ^ 2)).
  2:{ apply Sum_ext. intros k _. unfold X, Y.
      transitivity ((a k ^ 2 + b k ^ 2) * (sin (t * theta k) * sin (t * theta k) + cos (t * theta k) * cos (t * theta k)));
        [ring|rewrite circle; ring]. }
  set (S := Sum 1 m (fun k => X k * d k + Y k * c k)).
  set (P := Sum 1 m (fun k => X k ^ 2 + Y k ^ 2)). set (Q := Sum 1 m (fun k => c k ^ 2 + d k ^ 2)).
  assert (P0 : 0 <= P) by (apply Sum_nonneg; intros; nra). assert (Q0 : 0 <= Q) by (apply Sum_nonneg; intros; nra).
  assert (K : forall l, 0 <= P - 2 * l * S + l ^ 2 * Q).
  { intros l. unfold P, Q, S. rewrite <- !Sum_scal, <- Sum_minus, <- Sum_plus. apply Sum_nonneg. intros k _.
    pose proof (pow2_ge_0 (X k - l * d k)). pose proof (pow2_ge_0 (Y k - l * c k)). cbv beta. lra. }
  assert (C : S ^ 2 <= P * Q).
  { destruct (Rle_lt_or_eq_dec 0 Q Q0) as [E|E].
    - specialize (K (S / Q)). apply Rmult_le_reg_r with (/ Q); [apply Rinv_0_lt_compat; lra|].
      replace (P * Q * / Q) with P by (field; lra).
      replace (P - 2 * (S / Q) * S + (S / Q) ^ 2 * Q) with (P - S ^ 2 * / Q) in K by (field; lra). lra.
    - destruct (Req_dec S 0) as [->|E']; [nra|]. specialize (K ((P + 1) / (2 * S))).
      replace (2 * ((P + 1) / (2 * S)) * S) with (P + 1) in K by (field; assumption). rewrite <- E, Rmult_0_r in K. lra. }
  rewrite <- sqrt_mult, <- sqrt_Rsqr_abs by assumption. apply sqrt_le_1_alt. rewrite Rsqr_pow2. exact C.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros m t a b c d theta Hm. repeat split; try lia; apply Sum_nonneg; intros; nra.
Qed.
