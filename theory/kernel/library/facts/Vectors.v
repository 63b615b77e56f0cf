(* Inner products: Cauchy and Schwarz, the triangle inequality, averages. *)
From Coq Require Import Lia Lra Psatz.
From ropeproof Require Export Attention SumFacts.

Definition norm (n : nat) (u : nat -> R) : R := sqrt (dot n u u).
(* a combination of k vectors *)
Definition combined (k : nat) (w : nat -> R) (u : nat -> nat -> R) (i : nat) : R :=
  sum k (fun t => w t * u t i).

Section Vectors.
Variable n : nat.

Lemma dot_ext u v u' v' : (forall i, (i < n)%nat -> u i = u' i) ->
  (forall i, (i < n)%nat -> v i = v' i) -> dot n u v = dot n u' v'.
Proof. intros H G. apply sum_ext. intros i Hi. now rewrite H, G. Qed.

Lemma dot_comm u v : dot n u v = dot n v u.
Proof. apply sum_ext. intros. ring. Qed.

Lemma dot_plus u v w : dot n u (fun i => v i + w i) = dot n u v + dot n u w.
Proof.
  unfold dot. rewrite <- sum_plus. apply sum_ext. intros. ring.
Qed.

Lemma dot_minus u v w : dot n (fun i => v i - w i) u = dot n v u - dot n w u.
Proof. unfold dot. rewrite <- sum_minus. apply sum_ext. intros. ring. Qed.

Lemma dot_scal u c v : dot n u (fun i => c * v i) = c * dot n u v.
Proof. unfold dot. rewrite <- sum_scal. apply sum_ext. intros. ring. Qed.

Lemma dot_combined u k w v : dot n u (combined k w v) = sum k (fun t => w t * dot n u (v t)).
Proof.
  unfold dot, combined. rewrite (sum_ext n _ (fun i => sum k (fun t => w t * (u i * v t i)))).
  - rewrite sum_swap. apply sum_ext. intros. apply sum_scal.
  - intros i _. rewrite <- sum_scal. apply sum_ext. intros. ring.
Qed.

(* the square of a combination's norm, from inner products alone *)
Lemma dot_combined_twice k w v : dot n (combined k w v) (combined k w v) =
  sum k (fun s => w s * sum k (fun t => w t * dot n (v s) (v t))).
Proof.
  rewrite dot_combined. apply sum_ext. intros s _. rewrite dot_comm, dot_combined. reflexivity.
Qed.

Lemma dot_self_nonneg u : 0 <= dot n u u.
Proof. apply sum_nonneg. intros. apply Rle_0_sqr. Qed.

Lemma norm_nonneg u : 0 <= norm n u.
Proof. apply sqrt_pos. Qed.

Lemma norm_sqr u : norm n u * norm n u = dot n u u.
Proof. apply sqrt_sqrt, dot_self_nonneg. Qed.

Lemma norm_ext u v : (forall i, (i < n)%nat -> u i = v i) -> norm n u = norm n v.
Proof. intros H. unfold norm. f_equal. now apply dot_ext. Qed.

(* the square of m u - l v is not negative *)
Lemma quadratic_nonneg u v l m : 0 <= l * l * dot n v v - 2 * l * m * dot n u v + m * m * dot n u u.
Proof.
  pose proof (dot_self_nonneg (fun i => l * v i - m * u i)) as H.
  replace (l * l * dot n v v - 2 * l * m * dot n u v + m * m * dot n u u)
    with (dot n (fun i => l * v i - m * u i) (fun i => l * v i - m * u i)); [exact H|].
  unfold dot. rewrite (sum_ext n (fun i => (l * v i - m * u i) * (l * v i - m * u i))
    (fun i => (l * l * (v i * v i) - 2 * l * m * (u i * v i)) + m * m * (u i * u i)))
    by (intros; ring).
  now rewrite sum_plus, sum_minus, !sum_scal.
Qed.

(* Cauchy and Schwarz *)
Lemma dot_le_norms u v : dot n u v <= norm n u * norm n v.
Proof.
  pose proof (dot_self_nonneg u) as U. pose proof (dot_self_nonneg v) as V.
  unfold norm. rewrite <- sqrt_mult by assumption.
  destruct (Rle_dec (dot n u v) 0) as [N|P]; [eapply Rle_trans; [exact N|apply sqrt_pos]|].
  apply Rnot_le_lt in P. rewrite <- (sqrt_square (dot n u v)) by lra. apply sqrt_le_1; [nra|nra|].
  destruct U as [U|U].
  - pose proof (quadratic_nonneg u v (dot n u u) (dot n u v)). nra.
  - exfalso. pose proof (quadratic_nonneg u v 1 ((dot n v v + 1) / (2 * dot n u v))) as Q.
    rewrite <- U in Q. replace (2 * 1 * ((dot n v v + 1) / (2 * dot n u v)) * dot n u v)
      with (dot n v v + 1) in Q by (field; lra). lra.
Qed.

Lemma norm_scal c u : 0 <= c -> norm n (fun i => c * u i) = c * norm n u.
Proof.
  intros H. unfold norm. rewrite dot_scal, dot_comm, dot_scal.
  replace (c * (c * dot n u u)) with (c * c * dot n u u) by ring.
  rewrite sqrt_mult; [|nra|apply dot_self_nonneg]. now rewrite sqrt_square.
Qed.

Lemma norm_plus u v : norm n (fun i => u i + v i) <= norm n u + norm n v.
Proof.
  pose proof (norm_nonneg u). pose proof (norm_nonneg v).
  apply Rsqr_incr_0_var; [|lra]. unfold Rsqr. rewrite norm_sqr.
  rewrite dot_plus, (dot_comm _ u), (dot_comm _ v), !dot_plus.
  pose proof (dot_le_norms u v). pose proof (norm_sqr u). pose proof (norm_sqr v).
  rewrite (dot_comm v u). nra.
Qed.

(* the norm of a combination is at most the combination of the norms *)
Lemma norm_combined k w v : (forall t, (t < k)%nat -> 0 <= w t) ->
  norm n (combined k w v) <= sum k (fun t => w t * norm n (v t)).
Proof.
  revert w v. induction k as [|k IH]; intros w v H.
  - cbn [sum]. right. unfold norm. rewrite (dot_ext _ _ (fun _ => 0) (fun _ => 0)) by reflexivity.
    unfold dot. rewrite (sum_ext n _ (fun _ => 0)) by (intros; ring). rewrite sum_zero. apply sqrt_0.
  - cbn [sum]. eapply Rle_trans;
      [apply (norm_plus (fun i => w O * v O i) (combined k (fun t => w (S t)) (fun t => v (S t))))|].
    rewrite norm_scal by (apply H; lia). apply Rplus_le_compat_l, IH. intros. apply H. lia.
Qed.

(* and at least its inner product with any vector of norm at most 1 *)
Lemma norm_combined_ge k w v u : norm n u <= 1 ->
  sum k (fun t => w t * dot n u (v t)) <= norm n (combined k w v).
Proof.
  intros H. rewrite <- dot_combined. eapply Rle_trans; [apply dot_le_norms|].
  pose proof (norm_nonneg (combined k w v)). pose proof (norm_nonneg u). nra.
Qed.
End Vectors.
