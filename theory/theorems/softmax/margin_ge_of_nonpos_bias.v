From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas Norms.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros B d n K tau w Hn Hd HB Hw.
  assert (T := norm_combined (Z.to_nat d) (Z.to_nat n) (shifted w)
    (fun j => shifted (tau (Z.of_nat j + 1)%Z)) ltac:(intros; apply Rge_le, Hw; lia)).
  rewrite <- norm_of_Sum in T.
  assert (E : sum (Z.to_nat n) (fun t => shifted w t *
      norm (Z.to_nat d) (shifted (tau (Z.of_nat t + 1)%Z))) =
    Sum 1 n (fun j => w j * sqrt (Sum 1 d (fun i => tau j i ^ 2)))).
  { rewrite Sum_is_sum. apply sum_ext. intros t _. rewrite sqrt_Sum_squares. reflexivity. }
  rewrite E in T. clear E.
  rewrite (Sum_ext 1 n (fun j => (B * sqrt (Sum 1 d (fun i => tau j i ^ 2)) + K j) * w j)
    (fun j => w j * K j + B * (w j * sqrt (Sum 1 d (fun i => tau j i ^ 2))))) by (intros; ring).
  rewrite (Sum_plus 1 n (fun j => w j * K j)), Sum_scal.
  rewrite (Sum_ext 1 n (fun j => K j * w j) (fun j => w j * K j)) by (intros; ring). nra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros B d n K tau w Hn Hd HB Hw.
  repeat match goal with |- _ /\ _ => split end; intros; try lia;
    apply Sum_nonneg; intros; apply pow2_ge_0.
Qed.
