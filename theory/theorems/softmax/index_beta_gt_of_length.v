From Coq Require Import Lia Lra Psatz.
From Coquelicot Require Import Coquelicot.
From ropeproof Require Import prelude lemmas circle_means balls.
From ledger Require Import Statement.

(* exp (beta cos) has Fourier coefficients >= 0, so over all pairs the sums come to at least n^2 times
   its mean; with l = 2 beta the mean of exp (- beta (1 - cos)) is that of c K, K Poisson of rate l and
   c k the mean of cos^(2k), at least 1 / sqrt (pi (k + 1/2)); a cubic below 1 / sqrt has the mean
   needed for l >= 6; below, thirteen terms do *)

(* ---- the series, cut off *)
Fixpoint weight (l : R) (k : nat) : R := match k with O => 1 | S p => weight l p * l / (INR p + 1) end.
Definition series (l : R) (M : nat) : R := sum_f_R0 (fun k => weight l k * mean_cos k) M.

Lemma weight_fact l k : weight l k = / INR (fact k) * l ^ k.
Proof.
  induction k as [|k IH]; [simpl; field|]. cbn [weight pow]. rewrite IH, fact_simpl, mult_INR, S_INR.
  pose proof (pos_INR k). field. split; [apply INR_fact_neq_0|lra].
Qed.

Lemma weight_nonneg l k : 0 <= l -> 0 <= weight l k.
Proof. intros H. rewrite weight_fact. apply Rmult_le_pos; [left; apply Rinv_0_lt_compat, INR_fact_lt_0|apply pow_le, H]. Qed.

Lemma exp_ge_partial x M : 0 <= x -> sum_f_R0 (weight x) M <= exp x.
Proof.
  intros H. rewrite (sum_eq _ (fun k => / INR (fact k) * x ^ k)) by (intros; apply weight_fact).
  apply (growing_ineq (E1 x)); [|apply E1_cvg].
  intros k. unfold E1. rewrite tech5, <- weight_fact. pose proof (weight_nonneg x (S k) H). lra.
Qed.

Lemma pairs_ge_series n (x : Z -> R) beta M : (0 <= n)%Z -> 0 <= beta ->
  IZR n ^ 2 * (exp (- (2 * beta)) * series (2 * beta) M)
  <= Sum 0 (n - 1) (fun i => Sum 0 (n - 1) (fun t => exp (- beta * (1 - cos (x t - x i))))).
Proof.
  intros Hn Hb.
  apply Rle_trans with (exp (- (2 * beta)) * Sum 0 (n - 1) (fun i => Sum 0 (n - 1) (fun t =>
    sum_f_R0 (weight (beta * (1 + cos (x t - x i)))) M))).
  - replace (IZR n ^ 2 * (exp (- (2 * beta)) * series (2 * beta) M))
      with (exp (- (2 * beta)) * (IZR n ^ 2 * series (2 * beta) M)) by ring.
    apply Rmult_le_compat_l; [left; apply exp_pos|].
    assert (T : forall k, IZR n ^ 2 * (weight (2 * beta) k * mean_cos k)
      <= Sum 0 (n - 1) (fun i => Sum 0 (n - 1) (fun t => weight (beta * (1 + cos (x t - x i))) k))).
    { intros k. pose proof (pairs_ge_mean n x k Hn 0) as P. rewrite circle_mean_even in P.
      apply (Rmult_le_compat_l (weight beta k)) in P; [|apply weight_nonneg, Hb].
      rewrite <- Sum_scal in P. rewrite !weight_fact, Rpow_mult_distr in *. eapply Rle_trans; [right|eapply Rle_trans; [apply P|right]].
      - ring.
      - apply Sum_ext. intros i _. rewrite <- Sum_scal. apply Sum_ext. intros t _.
        rewrite Rmult_0_l, cos_0, weight_fact, Rpow_mult_distr. ring. }
    unfold series. induction M as [|M IH]; cbn [sum_f_R0]; [apply T|].
    rewrite Rmult_plus_distr_l.
    eapply Rle_trans; [apply Rplus_le_compat; [apply IH|apply T]|]. right.
    rewrite <- Sum_plus. apply Sum_ext. intros i _. rewrite <- Sum_plus. reflexivity.
  - rewrite <- Sum_scal. apply Sum_le. intros i _. rewrite <- Sum_scal. apply Sum_le. intros t _.
    replace (- beta * (1 - cos (x t - x i))) with (- (2 * beta) + beta * (1 + cos (x t - x i))) by ring.
    rewrite exp_plus. apply Rmult_le_compat_l; [left; apply exp_pos|]. apply exp_ge_partial.
    pose proof (COS_bound (x t - x i)). apply Rmult_le_pos; lra.
Qed.

(* ---- moments of Poisson *)
Fixpoint falling (j : nat) (k : R) : R := match j with O => 1 | S i => k * falling i (k - 1) end.
Definition moment (l : R) (j M : nat) : R := sum_f_R0 (fun k => weight l k * falling j (INR k)) M.

Lemma moment_step l j M : moment l (S j) (S M) = l * moment l j M.
Proof.
  assert (T : forall k, weight l (S k) * falling (S j) (INR (S k)) = l * (weight l k * falling j (INR k))).
  { intros k. cbn [falling weight]. rewrite S_INR. replace (INR k + 1 - 1) with (INR k) by ring.
    pose proof (pos_INR k). field. lra. }
  unfold moment. induction M as [|M IH].
  - cbn [sum_f_R0]. rewrite T. cbn [falling]. change (INR 0) with 0. rewrite Rmult_0_l, Rmult_0_r, Rplus_0_l. reflexivity.
  - rewrite (tech5 _ (S M)), IH, T, (tech5 _ M). ring.
Qed.

Lemma moment_limit l j : is_lim_seq (moment l j) (l ^ j * exp l).
Proof.
  induction j as [|j IH].
  - rewrite Rmult_1_l. apply is_lim_seq_ext with (E1 l); [|apply is_lim_seq_Reals, E1_cvg].
    intros M. apply sum_eq. intros k _. rewrite weight_fact. simpl. ring.
  - apply is_lim_seq_incr_1. apply is_lim_seq_ext with (fun M => l * moment l j M); [intros; symmetry; apply moment_step|].
    cbn [pow]. rewrite Rmult_assoc. apply (is_lim_seq_scal_l _ l (l ^ j * exp l)), IH.
Qed.

(* ---- a cubic below 1 / sqrt *)
Definition cubic (l k : R) : R :=
  let u := (k + 1 / 2 - l) / l in 1 - u / 2 + 3 * u ^ 2 / 8 - 5 * u ^ 3 / 16.

Lemma cubic_le l k : 0 < l -> cubic l (INR k) <= sqrt (PI * l) * mean_cos k.
Proof.
  intros Hl. pose proof PI_RGT_0. pose proof (pos_INR k).
  assert (P : 0 < (INR k + 1 / 2) / l) by (apply Rdiv_lt_0_compat; lra).
  set (y := sqrt ((INR k + 1 / 2) / l)). assert (Y : 0 < y) by (apply sqrt_lt_R0, P).
  assert (E : y ^ 2 = (INR k + 1 / 2) / l) by (apply pow2_sqrt; lra).
  assert (C : cubic l (INR k) * y <= 1).
  { unfold cubic. replace ((INR k + 1 / 2 - l) / l) with (y ^ 2 - 1) by (rewrite E; field; lra). cbv zeta.
    assert (0 <= ((y - 1) ^ 2) ^ 2 * (5 * y ^ 3 + 20 * y ^ 2 + 29 * y + 16))
      by (apply Rmult_le_pos; [apply pow2_ge_0|nra]). nra. }
  assert (L : 1 <= sqrt (PI * l) * mean_cos k * y).
  { assert (0 < mean_cos k) by apply mean_cos_pos. assert (S : 0 < sqrt (PI * l)) by (apply sqrt_lt_R0; nra).
    assert (S2 : sqrt (PI * l) ^ 2 = PI * l) by (apply pow2_sqrt; nra).
    pose proof (mean_cos_ge k) as M. replace (PI * (INR k + 1 / 2)) with (PI * l * y ^ 2) in M by (rewrite E; field; lra).
    rewrite <- S2 in M. set (z := sqrt (PI * l) * mean_cos k * y).
    replace (mean_cos k ^ 2 * (sqrt (PI * l) ^ 2 * y ^ 2)) with (z * z) in M by (unfold z; ring).
    assert (0 < z) by (repeat apply Rmult_lt_0_compat; assumption). nra. }
  apply Rmult_le_reg_r with y; lra.
Qed.

Lemma series_ge_cubic l M : 0 < l -> sum_f_R0 (fun k => weight l k * cubic l (INR k)) M <= sqrt (PI * l) * series l M.
Proof.
  intros Hl. unfold series. rewrite scal_sum. apply sum_Rle. intros k _.
  rewrite Rmult_assoc, (Rmult_comm (mean_cos k)). apply Rmult_le_compat_l; [apply weight_nonneg; lra|apply cubic_le, Hl].
Qed.

Lemma cubic_limit l : 0 < l -> is_lim_seq (fun M => exp (- l) * sum_f_R0 (fun k => weight l k * cubic l (INR k)) M)
  (1 + 1 / (8 * l) - 11 / (16 * l ^ 2) - 5 / (128 * l ^ 3)).
Proof.
  intros Hl.
  set (q0 := (280 * l ^ 3 - 140 * l ^ 2 + 42 * l - 5) / (128 * l ^ 3)). set (q1 := - ((140 * l ^ 2 - 168 * l + 65) / (64 * l ^ 3))).
  set (q2 := 3 * (14 * l - 15) / (32 * l ^ 3)). set (q3 := - (5 / (16 * l ^ 3))).
  apply is_lim_seq_ext with (fun M => exp (- l) * (q0 * moment l 0 M + q1 * moment l 1 M + q2 * moment l 2 M + q3 * moment l 3 M)).
  - intros M. f_equal. unfold moment. rewrite !scal_sum, <- !sum_plus. apply sum_eq. intros k _.
    unfold cubic, q0, q1, q2, q3, falling. field. lra.
  - replace (1 + 1 / (8 * l) - 11 / (16 * l ^ 2) - 5 / (128 * l ^ 3))
      with (exp (- l) * (q0 * (l ^ 0 * exp l) + q1 * (l ^ 1 * exp l) + q2 * (l ^ 2 * exp l) + q3 * (l ^ 3 * exp l))).
    + apply (is_lim_seq_scal_l _ (exp (- l)) (Finite _)).
      assert (T : forall q j, is_lim_seq (fun M => q * moment l j M) (q * (l ^ j * exp l)))
        by (intros q j; apply (is_lim_seq_scal_l _ q (Finite _)), moment_limit).
      exact (is_lim_seq_plus' _ _ _ _ (is_lim_seq_plus' _ _ _ _ (is_lim_seq_plus' _ _ _ _ (T q0 0%nat) (T q1 1%nat)) (T q2 2%nat)) (T q3 3%nat)).
    + rewrite exp_Ropp. pose proof (exp_pos l). unfold q0, q1, q2, q3. field. lra.
Qed.

(* ---- the mean of exp (- beta (1 - cos)), with 2 beta = l *)
Lemma mean_large l b : 6 <= l -> (forall M, exp (- l) * series l M <= b) -> 1 < sqrt (PI * l) * b.
Proof.
  intros Hl H. pose proof PI_RGT_0. assert (S : 0 <= sqrt (PI * l)) by apply sqrt_pos.
  assert (L : 1 + 1 / (8 * l) - 11 / (16 * l ^ 2) - 5 / (128 * l ^ 3) <= sqrt (PI * l) * b).
  { apply (is_lim_seq_le (fun M => exp (- l) * sum_f_R0 (fun k => weight l k * cubic l (INR k)) M) (fun _ => sqrt (PI * l) * b)
      (Finite _) (Finite _)); [|apply cubic_limit; lra|apply is_lim_seq_const].
    intros M. apply Rle_trans with (exp (- l) * (sqrt (PI * l) * series l M)).
    - apply Rmult_le_compat_l; [left; apply exp_pos|apply series_ge_cubic; lra].
    - specialize (H M). nra. }
  assert (0 < 1 / (8 * l) - 11 / (16 * l ^ 2) - 5 / (128 * l ^ 3)); [|lra].
  replace (1 / (8 * l) - 11 / (16 * l ^ 2) - 5 / (128 * l ^ 3)) with ((16 * l ^ 2 - 88 * l - 5) / (128 * l ^ 3)) by (field; lra).
  apply Rdiv_lt_0_compat; [nra|]. apply Rmult_lt_0_compat; [lra|apply pow_lt; lra].
Qed.

Ltac terms := unfold series; cbn [sum_f_R0 weight mean_cos INR].

Lemma mean_middle l : 7 / 10 <= l <= 6 -> 1 < sqrt (PI * l) * (exp (- l) * series l 12).
Proof. intros H. terms. interval with (i_prec 40, i_bisect l). Qed.

Lemma mean_small l : 0 <= l <= 7 / 10 -> 2 / 3 < exp (- l) * series l 2.
Proof. intros H. terms. interval with (i_prec 40, i_bisect l). Qed.

Theorem holds : sentence.
Proof.
  intros beta n theta Hn H. assert (N : 3 <= IZR n) by (apply IZR_le; lia). pose proof PI_RGT_0.
  destruct (Rlt_dec (IZR n ^ 2 / (8 * PI)) beta) as [L|L]; [exact L|exfalso].
  destruct (Rlt_dec beta 0) as [B|B].
  - specialize (H 0%Z ltac:(lia)). revert H. apply Rle_not_lt. apply Rle_trans with (IZR n); [lra|].
    replace (IZR n) with (Sum 0 (n - 1) (fun _ => 1)) by (rewrite Sum_const, minus_IZR by lia; ring).
    apply Sum_le. intros t _. rewrite <- exp_0 at 1. apply exp_le. pose proof (COS_bound (theta * (- 0 + IZR t))).
    apply Rmult_le_pos; lra.
  - assert (S : forall M, exp (- (2 * beta)) * series (2 * beta) M <= 2 / IZR n).
    { intros M. pose proof (pairs_ge_series n (fun t => theta * IZR t) beta M ltac:(lia) ltac:(lra)) as P.
      assert (U : Sum 0 (n - 1) (fun i => Sum 0 (n - 1) (fun t => exp (- beta * (1 - cos (theta * IZR t - theta * IZR i)))))
        <= Sum 0 (n - 1) (fun _ => 2)).
      { apply Sum_le. intros i Hi. left. specialize (H i Hi).
        rewrite (Sum_ext 0 (n - 1) _ (fun t => exp (- beta * (1 - cos (theta * (- IZR i + IZR t)))))); [exact H|].
        intros t _. do 4 f_equal. ring. }
      rewrite Sum_const, minus_IZR in U by lia. apply Rmult_le_reg_l with (IZR n ^ 2); [apply pow_lt; lra|].
      replace (IZR n ^ 2 * (2 / IZR n)) with ((IZR n - 1 + 1 - 0) * 2) by (field; lra). lra. }
    assert (R : sqrt (PI * (2 * beta)) * (2 / IZR n) <= 1).
    { replace 1 with (IZR n / 2 * (2 / IZR n)) by (field; lra). apply Rmult_le_compat_r; [left; apply Rdiv_lt_0_compat; lra|].
      rewrite <- (sqrt_pow2 (IZR n / 2)) by lra. apply sqrt_le_1_alt.
      replace ((IZR n / 2) ^ 2) with (PI * (2 * (IZR n ^ 2 / (8 * PI)))) by (field; lra).
      apply Rmult_le_compat_l; lra. }
    destruct (Rle_dec 6 (2 * beta)) as [B6|B6]; [pose proof (mean_large _ _ B6 S); lra|].
    destruct (Rle_dec (7 / 10) (2 * beta)) as [B7|B7].
    + pose proof (mean_middle (2 * beta) ltac:(lra)) as G. pose proof (sqrt_pos (PI * (2 * beta))).
      specialize (S 12%nat). nra.
    + pose proof (mean_small (2 * beta) ltac:(lra)) as G. specialize (S 2%nat).
      assert (2 / IZR n <= 2 / 3) by (apply Rmult_le_compat_l; [lra|apply Rinv_le_contravar; lra]). lra.
Qed.

Theorem makes_sense : sense.
Proof. intros beta n theta Hn. intros. lia. Qed.
