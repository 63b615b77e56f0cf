(* One block of one head: what decides between two classes is a sum over positions, in which each
   position holds what one token adds, and one norm. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export GPTJ Tasks Rotations.

Section OneHead.
Variables (M : gptj) (B : block).
Hypothesis one_block : blocks M = B :: nil.
Hypothesis one_head : heads M = 1%nat.
Hypothesis width_pos : (0 < width M)%nat.
Hypothesis planes_fit : (2 * planes M <= width M)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.
Notation W := (width M).

(* ---- what a token is, wherever it stands *)
Definition everywhere (y : nat) : stream := fun _ => matr M (wte M) y.
Definition token_query (y : nat) : nat -> R := query M B (everywhere y) 0.
Definition token_key (y : nat) : nat -> R := key M B (everywhere y) 0.
Definition centred (f : nat -> R) (i : nat) : R := f i - mean W f.
(* what the last token q adds to the stream by itself, and what attending to y fully adds *)
Definition direct (q : nat) : nat -> R :=
  centred (fun i => matr M (wte M) q i + mlp M B (everywhere q) 0 i).
Definition written (y : nat) : nat -> R :=
  centred (times M W (out_proj B) (value M B (everywhere y) 0)).
(* the mass of token y at t positions before the last token q *)
Definition mass (q t y : nat) : R :=
  exp (score_at W (planes M) (angle M) t (token_query q) (token_key y) / sqrt (INR W)).

(* ---- what a class reads from a centred stream, and its bias *)
Definition readout (c i : nat) : R := matr M (lm_head M) c i * vect M (lnf_gain M) i.
Definition reads (c : nat) (f : nat -> R) : R := dot W (readout c) f.
Definition bias (c : nat) : R :=
  dot W (matr M (lm_head M) c) (vect M (lnf_bias M)) + vect M (lm_head_bias M) c.

(* the centred stream that y alone would make, over sqrt W, and sqrt epsilon as last coordinate *)
Definition slant (q y i : nat) : R :=
  if (i <? W)%nat then (direct q i + written y i) / sqrt (INR W) else sqrt (epsilon M).
Definition gram (q r y : nat) : R := dot (S W) (slant q r) (slant q y).
(* what y adds to class a against class c per unit of mass, but for their biases *)
Definition lead (q a c y : nat) : R :=
  (reads a (written y) - reads c (written y)) + (reads a (direct q) - reads c (direct q)).

Lemma width_real : 0 < INR W.
Proof. apply lt_0_INR. exact width_pos. Qed.

Lemma head_dim_one : head_dim M = W.
Proof. unfold head_dim. rewrite one_head. apply Nat.div_1_r. Qed.

Lemma centred_sum k (w : nat -> R) (f : nat -> nat -> R) i :
  centred (fun i => sum k (fun p => w p * f p i)) i = sum k (fun p => w p * centred (f p) i).
Proof.
  unfold centred. rewrite mean_sum, <- sum_minus. apply sum_ext. intros. ring.
Qed.

Lemma centred_plus f g i : centred (fun i => f i + g i) i = centred f i + centred g i.
Proof. unfold centred. rewrite mean_plus. ring. Qed.

Lemma centred_ext f g i : (i < W)%nat -> (forall j, (j < W)%nat -> f j = g j) ->
  centred f i = centred g i.
Proof. intros Hi H. unfold centred. now rewrite (mean_ext W f g H), (H i Hi). Qed.

(* the square of a slant: the variance of the stream and epsilon *)
Lemma gram_eq q r y : gram q r y =
  mean W (fun i => (direct q i + written r i) * (direct q i + written y i)) + epsilon M.
Proof.
  pose proof width_real as HW. unfold gram, dot. rewrite sum_last.
  rewrite (sum_ext W _ (fun i => (direct q i + written r i) * (direct q i + written y i) / INR W)).
  - rewrite sum_div. unfold slant. rewrite Nat.ltb_irrefl, sqrt_sqrt by lra. reflexivity.
  - intros i Hi. unfold slant. rewrite (proj2 (Nat.ltb_lt _ _) Hi).
    set (u := direct q i + written r i). set (v := direct q i + written y i).
    replace (u / sqrt (INR W) * (v / sqrt (INR W))) with (u * v / (sqrt (INR W) * sqrt (INR W)))
      by (field; apply Rgt_not_eq, sqrt_lt_R0, HW).
    rewrite sqrt_sqrt by lra. reflexivity.
Qed.

(* ---- one input: token at t is the one t positions before the last *)
Section Input.
Variables (n : nat) (x : nat -> nat).
Hypothesis n_pos : (0 < n)%nat.
Notation token := (back n x).
Notation last := (last_token n x).
Definition masses (t : nat) : R := mass last t (token t).
(* the unnormalised stream of the input, centred, with its last coordinate *)
Definition whole : nat -> R := combined n masses (fun t => slant last (token t)).
Definition last_stream : nat -> R := final_stream M x (n - 1)%nat.

Lemma masses_pos t : 0 < masses t.
Proof. apply exp_pos. Qed.

Lemma total_pos : 0 < sum n masses.
Proof. apply sum_pos; [exact n_pos|]. intros. apply masses_pos. Qed.

Lemma mass_eq t : (t < n)%nat ->
  soft (score M B (embedded M x) 0 (n - 1)) (n - 1 - t) = masses t.
Proof.
  intros Ht. unfold soft, masses, mass, score. rewrite head_dim_one, rotary_score_eq by lia.
  replace (n - 1 - (n - 1 - t))%nat with t by lia. reflexivity.
Qed.

Lemma mixed_eq i : (i < W)%nat -> mixed M B (embedded M x) (n - 1) i =
  sum n (fun t => masses t / sum n masses * value M B (everywhere (token t)) 0 i).
Proof.
  intros Hi. unfold mixed, attended. rewrite head_dim_one, Nat.div_small by exact Hi.
  replace (S (n - 1)) with n by lia.
  assert (E : sum n (soft (score M B (embedded M x) 0 (n - 1))) = sum n masses).
  { rewrite sum_reverse. apply sum_ext. exact mass_eq. }
  rewrite E, sum_reverse. apply sum_ext. intros t Ht. rewrite mass_eq by exact Ht. reflexivity.
Qed.

(* the last position's stream, centred: an average of what single tokens would make *)
Lemma final_eq i : (i < W)%nat ->
  centred last_stream i = sum n (fun t => masses t / sum n masses * (direct last i + written (token t) i)).
Proof.
  intros Hi. pose proof total_pos as HZ. set (Z := sum n masses) in *.
  assert (One : sum n (fun t => masses t / Z) = 1).
  { rewrite sum_div. fold Z. field. lra. }
  rewrite (sum_ext n _ (fun t => direct last i * (masses t / Z)
    + masses t / Z * written (token t) i)) by (intros; ring).
  rewrite sum_plus, sum_scal, One, Rmult_1_r.
  unfold written at 1. rewrite <- centred_sum. unfold direct. rewrite <- centred_plus.
  apply centred_ext; [exact Hi|]. intros j Hj. unfold last_stream, final_stream. rewrite one_block.
  cbn [fold_left]. unfold after_block.
  replace (times M W (out_proj B) (mixed M B (embedded M x) (n - 1)) j) with
    (sum n (fun t => masses t / Z * times M W (out_proj B) (value M B (everywhere (token t)) 0) j)).
  - change (embedded M x (n - 1)%nat j) with (matr M (wte M) last j).
    change (mlp M B (embedded M x) (n - 1) j) with (mlp M B (everywhere last) 0 j). ring.
  - unfold times, dot.
    rewrite (sum_ext n _ (fun t => sum W (fun k => matr M (out_proj B) j k *
      (masses t / Z * value M B (everywhere (token t)) 0 k)))).
    + rewrite sum_swap. apply sum_ext. intros k Hk. rewrite mixed_eq by exact Hk. fold Z.
      apply sum_scal.
    + intros t _. rewrite <- sum_scal. apply sum_ext. intros. ring.
Qed.

Lemma whole_eq i : (i < W)%nat -> whole i = sum n masses * centred last_stream i / sqrt (INR W).
Proof.
  intros Hi. pose proof total_pos. pose proof (sqrt_lt_R0 _ width_real).
  rewrite final_eq by exact Hi. unfold whole, combined. rewrite <- sum_scal, <- sum_div.
  apply sum_ext. intros t _. unfold slant. rewrite (proj2 (Nat.ltb_lt _ _) Hi). field. lra.
Qed.

Lemma whole_last : whole W = sum n masses * sqrt (epsilon M).
Proof.
  unfold whole, combined, slant. rewrite Nat.ltb_irrefl. apply sum_scal_r.
Qed.

(* the norm of the whole is the denominator of the last LayerNorm, times the sum of masses *)
Lemma norm_whole : norm (S W) whole =
  sum n masses * sqrt (mean W (fun i => centred last_stream i * centred last_stream i) + epsilon M).
Proof.
  pose proof total_pos as HZ. pose proof width_real as HW. set (Z := sum n masses) in *.
  set (v := mean W _).
  assert (Hv : 0 <= v).
  { apply Rmult_le_pos; [apply sum_nonneg; intros; apply Rle_0_sqr|].
    left. apply Rinv_0_lt_compat, HW. }
  rewrite <- (sqrt_square Z) at 1 by lra. rewrite <- sqrt_mult by nra. unfold norm. f_equal.
  unfold dot. rewrite sum_last, whole_last. fold Z.
  replace (Z * sqrt (epsilon M) * (Z * sqrt (epsilon M)))
    with (Z * Z * (sqrt (epsilon M) * sqrt (epsilon M))) by ring.
  rewrite sqrt_sqrt, Rmult_plus_distr_l by lra. f_equal.
  unfold v, mean. rewrite <- sum_div, <- sum_scal. apply sum_ext. intros i Hi.
  rewrite whole_eq by exact Hi. fold Z. set (u := centred last_stream i). pose proof (sqrt_lt_R0 _ HW).
  transitivity (Z * Z * (u * u) / (sqrt (INR W) * sqrt (INR W))); [field; lra|].
  rewrite sqrt_sqrt by lra. field. lra.
Qed.

Lemma norm_whole_pos : 0 < norm (S W) whole.
Proof.
  rewrite norm_whole. apply Rmult_lt_0_compat; [apply total_pos|]. apply sqrt_lt_R0.
  apply Rplus_le_lt_0_compat; [|exact epsilon_pos].
  apply Rmult_le_pos; [apply sum_nonneg; intros; apply Rle_0_sqr|].
  left. apply Rinv_0_lt_compat, width_real.
Qed.

(* a logit: what the class reads, over the norm, and its bias *)
Theorem logit_eq c : logit M n x c =
  sum n (fun t => masses t * (reads c (written (token t)) + reads c (direct last)))
    / norm (S W) whole + bias c.
Proof.
  pose proof norm_whole_pos as HN. rewrite norm_whole in *.
  set (s := sqrt _) in *. pose proof total_pos as HZ. set (Z := sum n masses) in *.
  assert (Hs : s <> 0) by (intros E; rewrite E in HN; lra).
  unfold logit, times, bias. rewrite <- Rplus_assoc. f_equal. unfold dot at 1.
  rewrite (sum_ext W _ (fun i => readout c i * centred last_stream i / s
    + matr M (lm_head M) c i * vect M (lnf_bias M) i)).
  2:{ intros i _. unfold layer_norm, readout. fold last_stream. fold (centred last_stream i).
      change (fun j => (last_stream j - mean W last_stream) * (last_stream j - mean W last_stream))
        with (fun j => centred last_stream j * centred last_stream j). fold s. field. exact Hs. }
  rewrite sum_plus. f_equal. rewrite sum_div.
  replace (sum n (fun t => masses t * (reads c (written (token t)) + reads c (direct last))))
    with (Z * sum W (fun i => readout c i * centred last_stream i)); [field; lra|].
  rewrite <- sum_scal.
  rewrite (sum_ext W _ (fun i => sum n (fun t => masses t *
    (readout c i * written (token t) i + readout c i * direct last i)))).
  - rewrite sum_swap. apply sum_ext. intros t _. unfold reads, dot.
    rewrite sum_scal, sum_plus. reflexivity.
  - intros i Hi. rewrite final_eq by exact Hi. fold Z.
    rewrite <- !sum_scal. apply sum_ext. intros t _. field. lra.
Qed.

(* the sign of a difference of logits, with the biases of the last LayerNorm *)
Theorem logit_difference a c : (logit M n x a - logit M n x c) * norm (S W) whole =
  sum n (fun t => masses t * lead last a c (token t)) + (bias a - bias c) * norm (S W) whole.
Proof.
  pose proof norm_whole_pos as HN. rewrite !logit_eq.
  rewrite (sum_ext n (fun t => masses t * lead last a c (token t))
    (fun t => masses t * (reads a (written (token t)) + reads a (direct last))
      - masses t * (reads c (written (token t)) + reads c (direct last))))
    by (intros; unfold lead; ring).
  rewrite sum_minus. field. lra.
Qed.

Corollary logit_lt a c :
  0 < sum n (fun t => masses t * lead last a c (token t)) + (bias a - bias c) * norm (S W) whole ->
  logit M n x c < logit M n x a.
Proof.
  intros H. rewrite <- logit_difference in H. pose proof norm_whole_pos.
  assert (0 < logit M n x a - logit M n x c); [|lra]. nra.
Qed.
End Input.
End OneHead.
