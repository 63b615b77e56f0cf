(* Norms of combinations, in the sums of which statements are made. *)
From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas.
From ropeproof Require Export Vectors.

Lemma Sum_is_sum n f : Sum 1 n f = sum (Z.to_nat n) (fun i => f (Z.of_nat i + 1)%Z).
Proof.
  unfold Sum. replace (n + 1 - 1)%Z with n by lia. generalize (Z.to_nat n) as k. intros k.
  enough (H : forall a, sum_steps f a k = sum k (fun i => f (Z.of_nat i + a)%Z)) by apply H.
  intros a. rewrite <- (Nat2Z.id k) at 2. clear n. induction k as [|k IH]; [reflexivity|].
  cbn [sum_steps]. rewrite IH, !Nat2Z.id.
  assert (L : forall m g, sum (S m) g = sum m g + g m).
  { induction m as [|m Hm]; intros g; [cbn; ring|]. change (sum (S (S m)) g) with
      (g O + sum (S m) (fun i => g (S i))). rewrite Hm. cbn [sum]. ring. }
  rewrite L. f_equal. f_equal. lia.
Qed.

(* a family over 1, 2, ... as one over 0, 1, ... *)
Definition shifted (f : Z -> R) (i : nat) : R := f (Z.of_nat i + 1)%Z.

Lemma sqrt_Sum_squares d f : sqrt (Sum 1 d (fun i => f i ^ 2)) = norm (Z.to_nat d) (shifted f).
Proof.
  unfold norm, dot, shifted. rewrite Sum_is_sum. f_equal. apply sum_ext. intros. ring.
Qed.

Lemma norm_of_Sum d n (w : Z -> R) (tau : Z -> Z -> R) :
  sqrt (Sum 1 d (fun i => Sum 1 n (fun j => w j * tau j i) ^ 2)) =
  norm (Z.to_nat d) (combined (Z.to_nat n) (shifted w) (fun j => shifted (tau (Z.of_nat j + 1)%Z))).
Proof.
  rewrite (sqrt_Sum_squares d (fun i => Sum 1 n (fun j => w j * tau j i))).
  apply norm_ext. intros i _. unfold shifted at 1. rewrite Sum_is_sum. reflexivity.
Qed.
