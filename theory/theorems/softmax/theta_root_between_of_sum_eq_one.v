From Coq Require Import Lra.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.

Lemma exp_le x y : x <= y -> exp x <= exp y.
Proof. intros [H| ->]; [left; apply exp_increasing, H|right; reflexivity]. Qed.

Definition terms x := 2 * exp (- x) + 2 * exp ((-4) * x) + 2 * exp ((-9) * x)
  + 2 * exp ((-16) * x) + 2 * exp ((-25) * x) + 2 * exp ((-36) * x).
Definition tail x := 2 * exp ((-49) * x) / (1 - exp (- x)).

Lemma terms_falls x y : x <= y -> terms y <= terms x.
Proof.
  intros H. unfold terms. repeat apply Rplus_le_compat; apply Rmult_le_compat_l; try lra; apply exp_le; lra.
Qed.

Lemma tail_falls x y : 0 < x -> x <= y -> tail y <= tail x.
Proof.
  intros P H. unfold tail. pose proof (exp_le (- y) (- x)) as E.
  assert (exp (- x) < 1) by (rewrite <- exp_0; apply exp_increasing; lra).
  apply Rmult_le_compat.
  - pose proof (exp_pos ((-49) * y)). lra.
  - left. apply Rinv_0_lt_compat. lra.
  - apply Rmult_le_compat_l; [lra|]. apply exp_le. lra.
  - apply Rinv_le_contravar; lra.
Qed.

Definition root := 196352280291439 / 250000000000000.
Definition tol := 1 / 1000000000000000.

Lemma below : 1 < terms (root - tol).
Proof. unfold terms, root, tol. interval with (i_prec 100). Qed.

Lemma above : terms (root + tol) + tail (root + tol) < 1.
Proof. unfold terms, tail, root, tol. interval with (i_prec 100). Qed.

Theorem holds : sentence.
Proof.
  intros x H0 H1 Hlow Hhigh. apply Rabs_le. fold (terms x) in *. fold (tail x) in *. fold root tol.
  pose proof below. pose proof above. split.
  - destruct (Rle_dec x (root - tol)) as [L|L]; [|lra]. pose proof (terms_falls _ _ L). lra.
  - destruct (Rle_dec (root + tol) x) as [L|L]; [|lra].
    assert (0 < root + tol) by (unfold root, tol; lra).
    pose proof (terms_falls _ _ L). pose proof (tail_falls _ _ H3 L). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros x H0 _ _. assert (exp (- x) < 1) by (rewrite <- exp_0; apply exp_increasing; lra). lra.
Qed.
