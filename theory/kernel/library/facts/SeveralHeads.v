(* One block of several heads: the last stream is what the query adds by itself and, for every head,
   an average of what single tokens write; so thresholds of the averages decide between classes. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export OneHead Margins.

(* a sum over blocks of b indices *)
Lemma sum_blocks a b f : sum (a * b) f = sum a (fun h => sum b (fun k => f (h * b + k)%nat)).
Proof.
  revert f. induction a as [|a IH]; intros f; [reflexivity|]. cbn [Nat.mul sum]. rewrite sum_app, IH.
  cbn [Nat.mul]. f_equal. apply sum_ext. intros h _. apply sum_ext. intros k _. f_equal. cbn. lia.
Qed.

Section SeveralHeads.
Variables (M : gptj) (B : block).
Notation W := (width M).
Notation D := (head_dim M).
Hypothesis one_block : blocks M = B :: nil.
Hypothesis width_pos : (0 < W)%nat.
Hypothesis heads_fill : (heads M * D)%nat = W.
Hypothesis planes_fit : (2 * planes M <= D)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.

Definition slice (h : nat) (f : nat -> R) (i : nat) : R := f (h * D + i)%nat.
(* for head h, the mass of token y at t positions before the last token q *)
Definition head_mass (h q t y : nat) : R :=
  exp (score_at D (planes M) (angle M) t (slice h (token_query M B q)) (slice h (token_key M B y))
    / sqrt (INR D)).
(* what head h adds to the stream if it attends to y fully *)
Definition head_written (h y : nat) : nat -> R :=
  centred M (fun i => dot D (slice h (matr M (out_proj B) i)) (slice h (value M B (everywhere M y) 0))).

Lemma heads_pos : (0 < heads M)%nat.
Proof. destruct (heads M); cbn in heads_fill; lia. Qed.
Lemma dim_pos : (0 < D)%nat.
Proof. destruct D; [rewrite Nat.mul_0_r in heads_fill; lia|lia]. Qed.
Lemma of_head h k : (k < D)%nat -> ((h * D + k) / D)%nat = h.
Proof. intros H. rewrite Nat.div_add_l by lia. rewrite Nat.div_small by exact H. apply Nat.add_0_r. Qed.

(* mean of the products of two vectors *)
Definition cross (f g : nat -> R) : R := mean W (fun i => f i * g i).
(* the denominator of the last LayerNorm for a centred stream *)
Definition spread (f : nat -> R) : R := sqrt (cross f f + epsilon M).
(* the size of what is added to a stream *)
Definition size (f : nat -> R) : R := sqrt (cross f f).

(* a vector over sqrt W, with a last coordinate *)
Definition with_last (e : R) (f : nat -> R) (i : nat) : R := if (i <? W)%nat then f i / sqrt (INR W) else e.
Lemma dot_with_last e e' f g : dot (S W) (with_last e f) (with_last e' g) = cross f g + e * e'.
Proof.
  pose proof (width_real M width_pos) as HW. unfold dot, cross, mean. rewrite sum_last. unfold with_last at 3 4.
  rewrite Nat.ltb_irrefl. f_equal. rewrite <- sum_div. apply sum_ext. intros i Hi. unfold with_last.
  rewrite (proj2 (Nat.ltb_lt _ _) Hi).
  replace (f i / sqrt (INR W) * (g i / sqrt (INR W))) with (f i * g i / (sqrt (INR W) * sqrt (INR W)))
    by (field; apply Rgt_not_eq, sqrt_lt_R0, HW).
  rewrite sqrt_sqrt by lra. reflexivity.
Qed.
Lemma root_epsilon : sqrt (epsilon M) * sqrt (epsilon M) = epsilon M.
Proof. apply sqrt_sqrt. lra. Qed.
Lemma spread_norm f : spread f = norm (S W) (with_last (sqrt (epsilon M)) f).
Proof. unfold spread, norm. now rewrite dot_with_last, root_epsilon. Qed.
Lemma size_norm f : size f = norm (S W) (with_last 0 f).
Proof. unfold size, norm. rewrite dot_with_last. f_equal. ring. Qed.
Lemma cross_nonneg f : 0 <= cross f f.
Proof.
  apply Rmult_le_pos; [apply sum_nonneg; intros; apply Rle_0_sqr|].
  left. apply Rinv_0_lt_compat, (width_real M width_pos).
Qed.
Lemma spread_pos f : 0 < spread f.
Proof. apply sqrt_lt_R0. pose proof (cross_nonneg f). lra. Qed.
Lemma size_nonneg f : 0 <= size f.
Proof. apply sqrt_pos. Qed.

(* Cauchy and Schwarz *)
Lemma spread_along f g : cross f g + epsilon M <= spread f * spread g.
Proof.
  pose proof (dot_le_norms (S W) (with_last (sqrt (epsilon M)) f) (with_last (sqrt (epsilon M)) g)) as H.
  now rewrite dot_with_last, root_epsilon, <- !spread_norm in H.
Qed.
(* the triangle inequality *)
Lemma spread_plus f g : spread (fun i => f i + g i) <= spread f + size g.
Proof.
  rewrite !spread_norm, size_norm.
  rewrite (norm_ext _ _ (fun i => with_last (sqrt (epsilon M)) f i + with_last 0 g i)); [apply norm_plus|].
  intros i _. unfold with_last. destruct (i <? W)%nat; [|ring]. unfold Rdiv. ring.
Qed.
Lemma size_plus f g : size (fun i => f i + g i) <= size f + size g.
Proof.
  rewrite !size_norm.
  rewrite (norm_ext _ _ (fun i => with_last 0 f i + with_last 0 g i)); [apply norm_plus|].
  intros i _. unfold with_last. destruct (i <? W)%nat; [|ring]. unfold Rdiv. ring.
Qed.
Lemma cross_ext f g f' g' : (forall i, (i < W)%nat -> f i = f' i) -> (forall i, (i < W)%nat -> g i = g' i) ->
  cross f g = cross f' g'.
Proof. intros H G. apply mean_ext. intros i Hi. now rewrite H, G. Qed.
Lemma size_ext f g : (forall i, (i < W)%nat -> f i = g i) -> size f = size g.
Proof. intros H. unfold size. f_equal. now apply cross_ext. Qed.
Lemma spread_ext f g : (forall i, (i < W)%nat -> f i = g i) -> spread f = spread g.
Proof. intros H. unfold spread. do 2 f_equal. now apply cross_ext. Qed.
Lemma size_combined n w f : (forall t, (t < n)%nat -> 0 <= w t) ->
  size (combined n w f) <= sum n (fun t => w t * size (f t)).
Proof.
  intros H. rewrite size_norm.
  rewrite (norm_ext _ _ (combined n w (fun t => with_last 0 (f t)))).
  - eapply Rle_trans; [now apply norm_combined|]. right. apply sum_ext. intros t _. now rewrite size_norm.
  - intros i _. unfold combined, with_last. destruct (i <? W)%nat.
    + unfold Rdiv. rewrite <- sum_scal_r. apply sum_ext. intros. ring.
    + rewrite (sum_ext n _ (fun _ => 0)) by (intros; ring). now rewrite sum_zero.
Qed.
Lemma cross_combined n w f g : cross (combined n w f) g = sum n (fun t => w t * cross (f t) g).
Proof.
  unfold cross. rewrite <- mean_sum. apply mean_ext. intros i _. unfold combined.
  rewrite <- sum_scal_r. apply sum_ext. intros. ring.
Qed.
Lemma cross_plus f g u : cross (fun i => f i + g i) u = cross f u + cross g u.
Proof. unfold cross. rewrite <- mean_plus. apply mean_ext. intros. ring. Qed.
Lemma reads_combined c n w f : reads M c (combined n w f) = sum n (fun t => w t * reads M c (f t)).
Proof. unfold reads. apply dot_combined. Qed.
Lemma reads_plus c f g : reads M c (fun i => f i + g i) = reads M c f + reads M c g.
Proof. unfold reads. apply dot_plus. Qed.

(* ---- one input: token at t is the one t positions before the last *)
Section Input.
Variables (n : nat) (x : nat -> nat).
Hypothesis n_pos : (0 < n)%nat.
Notation token := (back n x).
Notation q := (last_token n x).
Definition head_masses (h t : nat) : R := head_mass h q t (token t).
Definition share (h t : nat) : R := head_masses h t / sum n (head_masses h).
(* what head h adds to the last stream *)
Definition added_by (h : nat) : nat -> R := combined n (share h) (fun t => head_written h (token t)).
Definition all_added : nat -> R := combined (heads M) (fun _ => 1) added_by.
Definition its_stream (i : nat) : R := direct M B q i + all_added i.

Lemma head_masses_pos h t : 0 < head_masses h t.
Proof. apply exp_pos. Qed.
Lemma head_total_pos h : 0 < sum n (head_masses h).
Proof. apply sum_pos; [exact n_pos|]. intros. apply head_masses_pos. Qed.
Lemma share_nonneg h t : 0 <= share h t.
Proof.
  left. apply Rmult_lt_0_compat; [apply head_masses_pos|]. apply Rinv_0_lt_compat, head_total_pos.
Qed.
Lemma shares_one h : sum n (share h) = 1.
Proof. unfold share. rewrite sum_div. pose proof (head_total_pos h). field. lra. Qed.

Lemma head_mass_eq h t : (t < n)%nat ->
  soft (score M B (embedded M x) h (n - 1)) (n - 1 - t) = head_masses h t.
Proof.
  intros Ht. unfold soft, head_masses, head_mass, score. rewrite rotary_score_eq by lia.
  replace (n - 1 - (n - 1 - t))%nat with t by lia. reflexivity.
Qed.
Lemma mixed_by_head h k : (k < D)%nat -> mixed M B (embedded M x) (n - 1) (h * D + k) =
  sum n (fun t => share h t * slice h (value M B (everywhere M (token t)) 0) k).
Proof.
  intros Hk. unfold mixed, attended. rewrite of_head by exact Hk. replace (S (n - 1)) with n by lia.
  assert (E : sum n (soft (score M B (embedded M x) h (n - 1))) = sum n (head_masses h)).
  { rewrite sum_reverse. apply sum_ext. apply head_mass_eq. }
  rewrite E, sum_reverse. apply sum_ext. intros t Ht. rewrite head_mass_eq by exact Ht. reflexivity.
Qed.
Lemma projected_eq i : times M W (out_proj B) (mixed M B (embedded M x) (n - 1)) i =
  sum (heads M) (fun h => 1 * sum n (fun t => share h t *
    dot D (slice h (matr M (out_proj B) i)) (slice h (value M B (everywhere M (token t)) 0)))).
Proof.
  unfold times, dot at 1. rewrite <- heads_fill at 1. rewrite sum_blocks. apply sum_ext. intros h _.
  rewrite Rmult_1_l.
  rewrite (sum_ext n _ (fun t => sum D (fun k => slice h (matr M (out_proj B) i) k *
    (share h t * slice h (value M B (everywhere M (token t)) 0) k)))).
  - rewrite sum_swap. apply sum_ext. intros k Hk. rewrite mixed_by_head by exact Hk. symmetry. apply sum_scal.
  - intros t _. unfold dot. rewrite <- sum_scal. apply sum_ext. intros. ring.
Qed.

Lemma stream_eq i : (i < W)%nat -> centred M (last_stream M n x) i = its_stream i.
Proof.
  intros Hi. unfold its_stream, all_added, combined at 1, added_by, combined, head_written, direct.
  rewrite (sum_ext (heads M) _ (fun h => 1 * centred M (fun i => sum n (fun t => share h t *
    dot D (slice h (matr M (out_proj B) i)) (slice h (value M B (everywhere M (token t)) 0)))) i))
    by (intros h _; f_equal; symmetry; apply centred_sum).
  rewrite <- centred_sum, <- centred_plus. apply centred_ext; [exact Hi|]. intros j Hj.
  unfold last_stream, final_stream. rewrite one_block. cbn [fold_left]. unfold after_block.
  rewrite projected_eq.
  change (embedded M x (n - 1)%nat j) with (matr M (wte M) q j).
  change (mlp M B (embedded M x) (n - 1) j) with (mlp M B (everywhere M q) 0 j). ring.
Qed.

(* a logit: what the class reads, over the denominator, and its bias *)
Theorem logit_of_stream c : logit M n x c = reads M c its_stream / spread its_stream + bias M c.
Proof.
  rewrite <- (spread_ext (centred M (last_stream M n x))) by exact stream_eq.
  set (s := spread _). assert (Hs : s <> 0) by (apply Rgt_not_eq, spread_pos).
  unfold logit, times, bias. rewrite <- Rplus_assoc. f_equal. unfold dot at 1.
  rewrite (sum_ext W _ (fun i => readout M c i * its_stream i / s
    + matr M (lm_head M) c i * vect M (lnf_bias M) i)).
  - rewrite sum_plus. f_equal. rewrite sum_div. reflexivity.
  - intros i Hi. rewrite <- stream_eq by exact Hi. unfold layer_norm, readout, centred, last_stream.
    change (sqrt _) with s at 1. field. exact Hs.
Qed.

(* how far a vector puts class a above class c, but for the denominator and their biases *)
Definition above (a c : nat) (f : nat -> R) : R := reads M a f - reads M c f.

Lemma above_stream a c : above a c its_stream = above a c (direct M B q)
  + sum (heads M) (fun h => sum n (fun t => share h t * above a c (head_written h (token t)))).
Proof.
  assert (E : forall c, reads M c its_stream = reads M c (direct M B q)
    + sum (heads M) (fun h => sum n (fun t => share h t * reads M c (head_written h (token t))))).
  { intros k. unfold its_stream. rewrite reads_plus. f_equal. unfold all_added. rewrite reads_combined.
    apply sum_ext. intros h _. rewrite Rmult_1_l. apply reads_combined. }
  unfold above. rewrite !E.
  rewrite (sum_ext (heads M) (fun h => sum n (fun t => share h t * (_ - _)))
    (fun h => sum n (fun t => share h t * reads M a (head_written h (token t)))
      - sum n (fun t => share h t * reads M c (head_written h (token t)))))
    by (intros h _; rewrite <- sum_minus; apply sum_ext; intros; ring).
  rewrite sum_minus. ring.
Qed.

Lemma logit_lt_of_stream a c : 0 < above a c its_stream + (bias M a - bias M c) * spread its_stream ->
  logit M n x c < logit M n x a.
Proof.
  intros H. rewrite !logit_of_stream. pose proof (spread_pos its_stream) as Hs. unfold above in H.
  assert (E : reads M a its_stream / spread its_stream + bias M a
    - (reads M c its_stream / spread its_stream + bias M c) =
    (reads M a its_stream - reads M c its_stream + (bias M a - bias M c) * spread its_stream)
      / spread its_stream) by (field; lra).
  assert (0 < reads M a its_stream / spread its_stream + bias M a
    - (reads M c its_stream / spread its_stream + bias M c)); [|lra].
  rewrite E. apply Rmult_lt_0_compat; [exact H|]. now apply Rinv_0_lt_compat.
Qed.

(* ---- each head's average above its own threshold *)
Lemma average_above h v s : 0 < sum n (fun t => head_masses h t * (v (token t) - s)) ->
  s < sum n (fun t => share h t * v (token t)).
Proof.
  intros H. pose proof (head_total_pos h) as HZ.
  assert (E : sum n (fun t => share h t * v (token t)) - s =
    sum n (fun t => head_masses h t * (v (token t) - s)) / sum n (head_masses h)).
  { rewrite <- sum_div. rewrite (sum_ext n (fun t => head_masses h t * (v (token t) - s) / _)
      (fun t => share h t * v (token t) - share h t * s)) by (intros; unfold share, Rdiv; ring).
    rewrite sum_minus, sum_scal_r, shares_one. ring. }
  assert (0 < sum n (fun t => share h t * v (token t)) - s); [|lra].
  rewrite E. apply Rmult_lt_0_compat; [exact H|]. now apply Rinv_0_lt_compat.
Qed.
Lemma averages_above first v s : 0 <= first + sum (heads M) s ->
  (forall h, (h < heads M)%nat -> 0 < sum n (fun t => head_masses h t * (v h (token t) - s h))) ->
  0 < first + sum (heads M) (fun h => sum n (fun t => share h t * v h (token t))).
Proof.
  intros Hs H. eapply Rle_lt_trans; [exact Hs|]. apply Rplus_lt_compat_l. apply sum_lt; [exact heads_pos|].
  intros h Hh. apply average_above. now apply H.
Qed.

(* the stream if each head read one token alone, as bounds of the denominator refer to it *)
Definition focus (r : nat -> nat) (i : nat) : R :=
  direct M B q i + combined (heads M) (fun _ => 1) (fun h => head_written h (r h)) i.

(* The bias of the answer is greater: the denominator is at least its part along a focus. *)
Theorem answer_along r a c s : let k := (bias M a - bias M c) / spread (focus r) in
  0 <= bias M a - bias M c ->
  0 <= above a c (direct M B q) + k * (cross (direct M B q) (focus r) + epsilon M) + sum (heads M) s ->
  (forall h, (h < heads M)%nat -> 0 < sum n (fun t => head_masses h t *
    (above a c (head_written h (token t)) + k * cross (head_written h (token t)) (focus r) - s h))) ->
  logit M n x c < logit M n x a.
Proof.
  intros k Hb Hs H. apply logit_lt_of_stream. pose proof (spread_pos (focus r)) as HF.
  eapply Rlt_le_trans; [exact (averages_above _ (fun h y => above a c (head_written h y)
    + k * cross (head_written h y) (focus r)) s Hs H)|].
  rewrite above_stream.
  assert (E : cross its_stream (focus r) = cross (direct M B q) (focus r)
    + sum (heads M) (fun h => sum n (fun t => share h t * cross (head_written h (token t)) (focus r)))).
  { unfold its_stream. rewrite cross_plus. f_equal. unfold all_added. rewrite cross_combined.
    apply sum_ext. intros h _. rewrite Rmult_1_l. apply cross_combined. }
  assert (L : k * (cross its_stream (focus r) + epsilon M) <= (bias M a - bias M c) * spread its_stream).
  { replace ((bias M a - bias M c) * spread its_stream) with (k * (spread its_stream * spread (focus r)))
      by (unfold k; field; lra).
    apply Rmult_le_compat_l; [|apply spread_along].
    apply Rmult_le_pos; [exact Hb|]. left. now apply Rinv_0_lt_compat. }
  rewrite E in L. eapply Rle_trans; [|apply Rplus_le_compat_l; exact L]. right.
  rewrite (sum_ext (heads M) (fun h => sum n (fun t => share h t * (_ + _)))
    (fun h => sum n (fun t => share h t * above a c (head_written h (token t)))
      + k * sum n (fun t => share h t * cross (head_written h (token t)) (focus r))))
    by (intros h _; rewrite <- sum_scal, <- sum_plus; apply sum_ext; intros; ring).
  rewrite sum_plus, sum_scal. ring.
Qed.

Definition off_focus (r : nat -> nat) (h y i : nat) : R := head_written h y i + - head_written h (r h) i.

Lemma stream_off_focus r i : its_stream i = focus r i
  + combined (heads M) (fun _ => 1) (fun h => combined n (share h) (fun t => off_focus r h (token t))) i.
Proof.
  unfold its_stream, focus. rewrite Rplus_assoc. f_equal. unfold all_added, added_by, combined.
  rewrite <- sum_plus. apply sum_ext. intros h _. unfold off_focus.
  rewrite (sum_ext n (fun t => share h t * (head_written h (token t) i + - head_written h (r h) i))
    (fun t => share h t * head_written h (token t) i - share h t * head_written h (r h) i))
    by (intros; ring).
  rewrite sum_minus, sum_scal_r, shares_one. ring.
Qed.

(* The bias of a rival may be greater: the denominator is at most that of a focus and all that is off. *)
Theorem answer_off r a c s : let b := Rabs (bias M a - bias M c) in
  0 <= above a c (direct M B q) - b * spread (focus r) + sum (heads M) s ->
  (forall h, (h < heads M)%nat -> 0 < sum n (fun t => head_masses h t *
    (above a c (head_written h (token t)) - b * size (off_focus r h (token t)) - s h))) ->
  logit M n x c < logit M n x a.
Proof.
  intros b Hs H. apply logit_lt_of_stream.
  eapply Rlt_le_trans; [exact (averages_above _ (fun h y => above a c (head_written h y)
    - b * size (off_focus r h y)) s Hs H)|].
  rewrite above_stream. set (off := sum (heads M) (fun h => sum n (fun t => share h t * size (off_focus r h (token t))))).
  assert (U : spread its_stream <= spread (focus r) + off).
  { rewrite (spread_ext its_stream (fun i => focus r i
      + combined (heads M) (fun _ => 1) (fun h => combined n (share h) (fun t => off_focus r h (token t))) i))
      by (intros; apply stream_off_focus).
    eapply Rle_trans; [apply spread_plus|]. apply Rplus_le_compat_l.
    eapply Rle_trans; [apply size_combined; intros; lra|]. unfold off. apply sum_le. intros h _.
    rewrite Rmult_1_l. apply size_combined. intros. apply share_nonneg. }
  assert (L : - b * (spread (focus r) + off) <= (bias M a - bias M c) * spread its_stream).
  { pose proof (spread_pos its_stream). pose proof (Rabs_pos (bias M a - bias M c)).
    apply Rle_trans with (- b * spread its_stream).
    - unfold b in *. nra.
    - apply Rmult_le_compat_r; [lra|]. unfold b, Rabs. destruct (Rcase_abs _); lra. }
  eapply Rle_trans; [|apply Rplus_le_compat_l; exact L]. right.
  rewrite (sum_ext (heads M) (fun h => sum n (fun t => share h t * (_ - _)))
    (fun h => sum n (fun t => share h t * above a c (head_written h (token t)))
      - b * sum n (fun t => share h t * size (off_focus r h (token t)))))
    by (intros h _; rewrite <- sum_scal, <- sum_minus; apply sum_ext; intros; ring).
  rewrite sum_minus, sum_scal. unfold off. ring.
Qed.
End Input.
End SeveralHeads.
