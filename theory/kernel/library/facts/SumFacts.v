(* Finite sums: extensionality, linearity, order, exchange, reversal. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Sums.

Lemma sum_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> sum n f = sum n g.
Proof.
  revert f g. induction n as [|n IH]; intros f g H; cbn [sum]; [reflexivity|].
  f_equal; [apply H; lia|]. apply IH. intros. apply H. lia.
Qed.

Lemma sum_plus n f g : sum n (fun i => f i + g i) = sum n f + sum n g.
Proof. revert f g. induction n as [|n IH]; intros; cbn [sum]; [ring|]. rewrite IH. ring. Qed.

Lemma sum_minus n f g : sum n (fun i => f i - g i) = sum n f - sum n g.
Proof. revert f g. induction n as [|n IH]; intros; cbn [sum]; [ring|]. rewrite IH. ring. Qed.

Lemma sum_scal n c f : sum n (fun i => c * f i) = c * sum n f.
Proof. revert f. induction n as [|n IH]; intros; cbn [sum]; [ring|]. rewrite IH. ring. Qed.

Lemma sum_scal_r n c f : sum n (fun i => f i * c) = sum n f * c.
Proof. revert f. induction n as [|n IH]; intros; cbn [sum]; [ring|]. rewrite IH. ring. Qed.

Lemma sum_div n c f : sum n (fun i => f i / c) = sum n f / c.
Proof. apply sum_scal_r. Qed.

Lemma sum_const n c : sum n (fun _ => c) = INR n * c.
Proof.
  induction n as [|n IH]; [cbn; ring|]. cbn [sum]. rewrite IH, S_INR. ring.
Qed.

Lemma sum_zero n : sum n (fun _ => 0) = 0.
Proof. rewrite sum_const. ring. Qed.

Lemma sum_le n f g : (forall i, (i < n)%nat -> f i <= g i) -> sum n f <= sum n g.
Proof.
  revert f g. induction n as [|n IH]; intros f g H; cbn [sum]; [lra|].
  apply Rplus_le_compat; [apply H; lia|]. apply IH. intros. apply H. lia.
Qed.

Lemma sum_lt n f g : (0 < n)%nat -> (forall i, (i < n)%nat -> f i < g i) -> sum n f < sum n g.
Proof.
  destruct n; [lia|]. intros _ H. cbn [sum]. apply Rplus_lt_le_compat; [apply H; lia|].
  apply sum_le. intros. left. apply H. lia.
Qed.

Lemma sum_nonneg n f : (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= sum n f.
Proof. intros H. rewrite <- (sum_zero n). now apply sum_le. Qed.

Lemma sum_pos n f : (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < f i) -> 0 < sum n f.
Proof. intros Hn H. rewrite <- (sum_zero n). now apply sum_lt. Qed.

Lemma sum_swap n m f :
  sum n (fun i => sum m (fun j => f i j)) = sum m (fun j => sum n (fun i => f i j)).
Proof.
  revert f. induction n as [|n IH]; intros f; cbn [sum].
  - symmetry. apply sum_zero.
  - rewrite IH, <- sum_plus. reflexivity.
Qed.

Lemma sum_app n m f : sum (n + m) f = sum n f + sum m (fun i => f (n + i)%nat).
Proof.
  revert f. induction n as [|n IH]; intros f; cbn [sum Nat.add]; [symmetry; apply Rplus_0_l|].
  rewrite IH. cbn [Nat.add]. ring.
Qed.

Lemma sum_last n f : sum (S n) f = sum n f + f n.
Proof. rewrite <- Nat.add_1_r, sum_app. cbn [sum]. rewrite Nat.add_0_r. ring. Qed.

Lemma sum_reverse n f : sum n f = sum n (fun t => f (n - 1 - t)%nat).
Proof.
  induction n as [|n IH]; [reflexivity|]. rewrite sum_last, IH. cbn [sum].
  replace (S n - 1 - 0)%nat with n by lia. rewrite Rplus_comm. f_equal.
  apply sum_ext. intros i Hi. f_equal. lia.
Qed.

(* one index apart from the others *)
Lemma sum_split n d f : (d < n)%nat ->
  sum n f = f d + sum n (fun i => if (i =? d)%nat then 0 else f i).
Proof.
  revert d f. induction n as [|n IH]; intros d f Hd; [lia|]. cbn [sum].
  destruct d as [|d]; cbn [Nat.eqb].
  - change (f O + sum n (fun i => f (S i)) = f O + (0 + sum n (fun i => f (S i)))). ring.
  - rewrite (IH d (fun i => f (S i))) by lia. ring.
Qed.

(* two at a time *)
Lemma sum_pairs m f : sum (2 * m) f = sum m (fun i => f (2 * i)%nat + f (2 * i + 1)%nat).
Proof.
  revert f. induction m as [|m IH]; intros f; [reflexivity|].
  replace (2 * S m)%nat with (S (S (2 * m))) by lia. cbn [sum]. rewrite IH. cbn [Nat.mul Nat.add].
  rewrite <- Rplus_assoc. f_equal. apply sum_ext. intros i _. f_equal; f_equal; lia.
Qed.

Lemma mean_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> mean n f = mean n g.
Proof. intros H. unfold mean. f_equal. now apply sum_ext. Qed.

Lemma mean_plus n f g : mean n (fun i => f i + g i) = mean n f + mean n g.
Proof. unfold mean. rewrite sum_plus. unfold Rdiv. ring. Qed.

Lemma mean_scal n c f : mean n (fun i => c * f i) = c * mean n f.
Proof. unfold mean. rewrite sum_scal. unfold Rdiv. ring. Qed.

Lemma mean_sum n k (w : nat -> R) (f : nat -> nat -> R) :
  mean n (fun i => sum k (fun p => w p * f p i)) = sum k (fun p => w p * mean n (f p)).
Proof.
  unfold mean. rewrite sum_swap. unfold Rdiv. rewrite <- sum_scal_r.
  apply sum_ext. intros p _. rewrite sum_scal. ring.
Qed.

Lemma largest_ge n f i : (i <= n)%nat -> f i <= largest n f.
Proof.
  induction n as [|n IH]; intros H.
  - replace i with O by lia. cbn. lra.
  - cbn [largest]. destruct (Nat.eq_dec i (S n)) as [->|N]; [apply Rmax_r|].
    eapply Rle_trans; [apply IH; lia|apply Rmax_l].
Qed.

Lemma largest_eq n f : exists i, (i <= n)%nat /\ largest n f = f i.
Proof.
  induction n as [|n (i & Hi & E)]; [exists O; auto|]. cbn [largest].
  destruct (Rle_dec (largest n f) (f (S n))) as [L|L].
  - exists (S n). split; [lia|]. now apply Rmax_right.
  - exists i. split; [lia|]. rewrite <- E. apply Rmax_left. lra.
Qed.
