From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas Norms.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros B d n K rho tau w Hn Hd HB Hw HR.
  assert (U : norm (Z.to_nat d) (shifted rho) <= 1).
  { rewrite <- sqrt_Sum_squares, <- sqrt_1. now apply sqrt_le_1_alt. }
  assert (T := norm_combined_ge (Z.to_nat d) (Z.to_nat n) (shifted w)
    (fun j => shifted (tau (Z.of_nat j + 1)%Z)) (shifted rho) U).
  rewrite <- norm_of_Sum in T.
  assert (E : sum (Z.to_nat n) (fun t => shifted w t *
      dot (Z.to_nat d) (shifted rho) (shifted (tau (Z.of_nat t + 1)%Z))) =
    Sum 1 n (fun j => w j * Sum 1 d (fun i => rho i * tau j i))).
  { rewrite Sum_is_sum. apply sum_ext. intros t _. rewrite Sum_is_sum. reflexivity. }
  rewrite E in T. clear E.
  rewrite (Sum_ext 1 n (fun j => (B * Sum 1 d (fun i => rho i * tau j i) + K j) * w j)
    (fun j => w j * K j + B * (w j * Sum 1 d (fun i => rho i * tau j i)))) by (intros; ring).
  rewrite (Sum_plus 1 n (fun j => w j * K j)), Sum_scal.
  rewrite (Sum_ext 1 n (fun j => K j * w j) (fun j => w j * K j)) by (intros; ring). nra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros B d n K rho tau w Hn Hd HB Hw; [lia|]. intros _.
  repeat match goal with |- _ /\ _ => split end; intros; try lia.
  apply Sum_nonneg. intros. apply pow2_ge_0.
Qed.
