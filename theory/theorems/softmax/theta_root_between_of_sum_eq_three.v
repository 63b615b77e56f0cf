From Coq Require Import Lra.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.

(* the sum and its tail fall; at the two ends of the interval they are on either side of 3 *)
Definition terms x := 2 * exp (- x) + 2 * exp ((-4) * x) + 2 * exp ((-9) * x) + 2 * exp ((-16) * x)
  + 2 * exp ((-25) * x) + 2 * exp ((-36) * x) + 2 * exp ((-49) * x) + 2 * exp ((-64) * x)
  + 2 * exp ((-81) * x) + 2 * exp ((-100) * x) + 2 * exp ((-121) * x) + 2 * exp ((-144) * x)
  + 2 * exp ((-169) * x) + 2 * exp ((-196) * x) + 2 * exp ((-225) * x) + 2 * exp ((-256) * x).
Definition tail x := 2 * exp ((-289) * x) / (1 - exp (- x)).

Lemma terms_falls x y : x <= y -> terms y <= terms x.
Proof.
  intros H. unfold terms. repeat apply Rplus_le_compat; apply Rmult_le_compat_l; try lra; apply exp_le; lra.
Qed.

Lemma tail_falls x y : 0 < x -> x <= y -> tail y <= tail x.
Proof.
  intros P H. pose proof (exp_lt_1 x P). pose proof (exp_le (- y) (- x) ltac:(lra)).
  unfold tail. apply Rmult_le_compat.
  - pose proof (exp_pos ((-289) * y)). lra.
  - left. apply Rinv_0_lt_compat. lra.
  - apply Rmult_le_compat_l; [lra|]. apply exp_le. lra.
  - apply Rinv_le_contravar; lra.
Qed.

Definition root := PI / 16 + 1161 / 10000000000000000000000000.
Definition tol := 1 / 1000000000000000000000000.

Lemma below : 3 < terms (root - tol).
Proof. unfold terms, root, tol. interval with (i_prec 110). Qed.

Lemma above : terms (root + tol) + tail (root + tol) < 3.
Proof. unfold terms, tail, root, tol. interval with (i_prec 110). Qed.

Theorem holds : sentence.
Proof.
  intros x H0 H1 Hlow Hhigh. fold (terms x) in *. fold (tail x) in *. fold tol.
  replace (- x + 1161 / 10000000000000000000000000 + PI / 16) with (root - x) by (unfold root; field).
  apply Rabs_le. pose proof below. pose proof above. pose proof PI_RGT_0. split.
  - destruct (Rle_dec (root + tol) x) as [L|L]; [|lra].
    assert (0 < root + tol) by (unfold root, tol; lra).
    pose proof (terms_falls _ _ L). pose proof (tail_falls _ _ H4 L). lra.
  - destruct (Rle_dec x (root - tol)) as [L|L]; [|lra]. pose proof (terms_falls _ _ L). lra.
Qed.

Theorem makes_sense : sense.
Proof. intros x H0 _ _. pose proof (exp_lt_1 x ltac:(lra)). lra. Qed.
