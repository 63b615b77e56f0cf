(* Two blocks of one head whose MLPs write nothing. The first block leaves at a position what the token
   there and the one before it decide, and a leak from further back; the second compares classes by a
   sum over positions. *)
From Coq Require Import Lia Lra Psatz Bool.
From ropeproof Require Export SeveralHeads Linear.

Section TwoBlocks.
Variables (M : gptj) (B C : block).
Notation W := (width M).
Hypothesis two_blocks : blocks M = B :: C :: nil.
Hypothesis one_head : heads M = 1%nat.
Hypothesis width_pos : (0 < W)%nat.
Hypothesis planes_fit : (2 * planes M <= W)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.
Hypothesis first_silent : forall s p i, mlp M B s p i = 0.
Hypothesis second_silent : forall s p i, mlp M C s p i = 0.

(* ---- a block of one head adds an average over positions *)
Definition read_mass (D : block) (s : stream) (p r : nat) : R := soft (score M D s 0 p) r.
(* what position r adds if it is attended to fully *)
Definition sent (D : block) (s : stream) (r : nat) : nat -> R := times M W (out_proj D) (value M D s r).

Lemma after_one_head D s p i : (i < W)%nat -> mlp M D s p i = 0 -> after_block M D s p i =
  s p i + sum (S p) (fun r => read_mass D s p r / sum (S p) (read_mass D s p) * sent D s r i).
Proof.
  intros Hi E. unfold after_block. rewrite E, Rplus_0_r. f_equal. unfold sent, times at 1, dot.
  set (Z := sum (S p) (read_mass D s p)).
  rewrite (sum_ext W _ (fun k => sum (S p) (fun r => matr M (out_proj D) i k *
    (read_mass D s p r / Z * value M D s r k)))).
  - rewrite sum_swap. apply sum_ext. intros r _. unfold times, dot. rewrite <- sum_scal.
    apply sum_ext. intros. ring.
  - intros k Hk. rewrite sum_scal. f_equal. unfold mixed, attended. rewrite (head_dim_one M one_head).
    rewrite Nat.div_small by exact Hk. reflexivity.
Qed.

(* what the second block writes of what it reads, centred *)
Definition writes (f : nat -> R) : nat -> R := centred M (times M W (out_proj C) (times M W (v_proj C) f)).
Lemma linear_writes j : linear W (fun f => writes f j).
Proof.
  assert (H : forall i, linear W (fun f => times M W (out_proj C) (times M W (v_proj C) f) i)).
  { intros i. apply (linear_of W W (dot W (matr M (out_proj C) i)) (fun k f => dot W (matr M (v_proj C) k) f)).
    - apply linear_dot.
    - intros. apply linear_dot. }
  unfold writes, centred. apply (linear_difference W (fun f => times M W (out_proj C) (times M W (v_proj C) f) j));
    [apply H|].
  apply (linear_of W W (mean W) (fun i f => times M W (out_proj C) (times M W (v_proj C) f) i)); [|auto].
  exists (fun _ => / INR W). intros f. unfold mean, dot, Rdiv. now rewrite sum_scal, Rmult_comm.
Qed.
Lemma linear_above a c : linear W (above M a c).
Proof. apply (linear_difference W (reads M a) (reads M c)); apply linear_dot. Qed.
Lemma linear_above_writes a c : linear W (fun f => above M a c (writes f)).
Proof.
  apply (linear_of W W (above M a c) (fun j f => writes f j)); [apply linear_above|].
  intros. apply linear_writes.
Qed.

Section Input.
Variable x : nat -> nat.

(* ---- the stream after the first block *)
Definition first_stream : stream := after_block M B (embedded M x).
Definition halfway (p : nat) : nat -> R := centred M (first_stream p).
Definition own (y : nat) : nat -> R := centred M (matr M (wte M) y).

Lemma first_mass p t : (t <= p)%nat ->
  read_mass B (embedded M x) p (p - t) = mass M B (x p) t (x (p - t)).
Proof.
  intros Ht. unfold read_mass, soft, mass, score. rewrite (head_dim_one M one_head), rotary_score_eq by lia.
  replace (p - (p - t))%nat with t by lia. reflexivity.
Qed.
Definition met (p t : nat) : R := mass M B (x p) t (x (p - t)).
Lemma met_pos p t : 0 < met p t.
Proof. apply exp_pos. Qed.

Lemma halfway_eq p i : (i < W)%nat -> halfway p i = own (x p) i +
  sum (S p) (fun t => met p t / sum (S p) (met p) * written M B (x (p - t)) i).
Proof.
  intros Hi.
  assert (E : sum (S p) (read_mass B (embedded M x) p) = sum (S p) (met p)).
  { rewrite sum_reverse. apply sum_ext. intros t Ht. replace (S p - 1 - t)%nat with (p - t)%nat by lia.
    apply first_mass. lia. }
  unfold own, written, halfway.
  rewrite (sum_ext (S p) _ (fun t => met p t / sum (S p) (met p) * centred M (sent B (embedded M x) (p - t)) i))
    by reflexivity.
  rewrite <- centred_sum, <- centred_plus. apply centred_ext; [exact Hi|]. intros j Hj.
  unfold first_stream. rewrite after_one_head by auto. f_equal. rewrite E, sum_reverse.
  apply sum_ext. intros t Ht. replace (S p - 1 - t)%nat with (p - t)%nat by lia.
  rewrite first_mass by lia. reflexivity.
Qed.

(* ---- two tokens and a leak *)
Definition prior (p : nat) : option nat := match p with O => None | S r => Some (x r) end.
Definition near (a b : nat) : R := mass M B b 0 b + mass M B b 1 a.
(* the share of the token before, if only two tokens were read *)
Definition before_share (o : option nat) (b : nat) : R :=
  match o with None => 0 | Some a => mass M B b 1 a / near a b end.
Definition before (o : option nat) (b : nat) : nat := match o with None => b | Some a => a end.
Definition mix (o : option nat) (b i : nat) : R :=
  written M B b i + before_share o b * (written M B (before o b) i - written M B b i).
Definition far (p : nat) : R := sum (p - 1) (fun t => met p (S (S t))).
Definition further_back (p t : nat) : nat := x (p - S (S t)).
Definition leak_of (p t : nat) : R := met p (S (S t)) / sum (S p) (met p).

Lemma near_pos a b : 0 < near a b.
Proof. apply Rplus_lt_0_compat; apply exp_pos. Qed.
Lemma met_total_pos p : 0 < sum (S p) (met p).
Proof. apply sum_pos; [lia|]. intros. apply met_pos. Qed.
Lemma leak_nonneg p t : 0 <= leak_of p t.
Proof. left. apply Rdiv_lt_0_compat; [apply met_pos|apply met_total_pos]. Qed.
Lemma far_nonneg p : 0 <= far p.
Proof. apply sum_nonneg. intros. left. apply met_pos. Qed.
Lemma met_total p a : prior p = Some a -> sum (S p) (met p) = near a (x p) + far p.
Proof.
  destruct p as [|r]; [discriminate|]. intros E. injection E as <-. unfold far, near.
  cbn [sum]. replace (S r - 1)%nat with r by lia. unfold met at 1 2. rewrite Nat.sub_0_r.
  replace (S r - 1)%nat with r by lia. ring.
Qed.
Lemma leak_total p a : prior p = Some a ->
  sum (p - 1) (leak_of p) = far p / (near a (x p) + far p).
Proof.
  intros E. rewrite <- (met_total p a E). unfold leak_of, far. now rewrite sum_div.
Qed.

Lemma halfway_leaky p i : (i < W)%nat -> halfway p i = (own (x p) i + mix (prior p) (x p) i)
  + sum (p - 1) (fun t => leak_of p t *
      (written M B (further_back p t) i - mix (prior p) (x p) i)).
Proof.
  intros Hi. rewrite halfway_eq by exact Hi. rewrite Rplus_assoc. f_equal. pose proof (met_total_pos p) as HT.
  destruct (prior p) as [a|] eqn:E.
  - rewrite (sum_ext (p - 1) _ (fun t => leak_of p t * written M B (further_back p t) i
      - leak_of p t * mix (Some a) (x p) i)) by (intros; ring).
    rewrite sum_minus, sum_scal_r, (leak_total p a E). pose proof (near_pos a (x p)). pose proof (far_nonneg p).
    unfold leak_of. rewrite (met_total p a E) in *.
    destruct p as [|r]; [discriminate|]. injection E as E. cbn [sum]. replace (S r - 1)%nat with r by lia.
    unfold met at 1 2. rewrite Nat.sub_0_r. replace (S r - 1)%nat with r by lia. rewrite E.
    change (fun t => ?f t) with f.
    rewrite (sum_ext r (fun t => met (S r) (S (S t)) / (near a (x (S r)) + far (S r)) *
        written M B (x (S r - S (S t))) i)
      (fun t => met (S r) (S (S t)) / (near a (x (S r)) + far (S r)) *
        written M B (further_back (S r) t) i)) by reflexivity.
    set (rest := sum r _). unfold mix, before_share, before. set (F := far (S r)) in *.
    set (wb := written M B (x (S r)) i). set (wa := written M B a i).
    unfold near in *. set (m0 := mass M B (x (S r)) 0 (x (S r))) in *. set (m1 := mass M B (x (S r)) 1 a) in *.
    field. lra.
  - destruct p as [|r]; [|discriminate]. cbn [sum Nat.sub] in *. unfold mix, before_share, before. field. lra.
Qed.

(* ---- what the second block reads *)
Definition divisor_of (p : nat) : R := spread M (halfway p).
Definition second_normed (p : nat) : nat -> R := normed M C first_stream p.
Definition second_gain : nat -> R := vect M (ln_gain C).
Definition second_shift : nat -> R := vect M (ln_bias C).

Lemma normed_read L p : linear W L ->
  L (second_normed p) = L (fun i => second_gain i * halfway p i) / divisor_of p + L second_shift.
Proof.
  intros HL. pose proof (spread_pos M width_pos epsilon_pos (halfway p)) as Hs. fold (divisor_of p) in Hs.
  assert (E : forall i, second_normed p i = / divisor_of p * (second_gain i * halfway p i) + second_shift i).
  { intros i. unfold second_normed, normed, layer_norm. fold (halfway p i).
    change (sqrt _) with (divisor_of p). unfold second_gain, second_shift.
    change (first_stream p i - mean W (first_stream p)) with (halfway p i). field. lra. }
  rewrite (linear_ext W L HL _ _ (fun i _ => E i)).
  rewrite (linear_plus W L HL), (linear_scal W L HL). field. lra.
Qed.

(* ---- the second block *)
Definition second_written (p : nat) : nat -> R := writes (second_normed p).
Definition second_mass (p r : nat) : R :=
  exp (score_at W (planes M) (angle M) (p - r) (query M C first_stream p) (key M C first_stream r)
    / sqrt (INR W)).
Lemma second_mass_eq p r : (r <= p)%nat -> read_mass C first_stream p r = second_mass p r.
Proof.
  intros H. unfold read_mass, soft, second_mass, score. rewrite (head_dim_one M one_head).
  now rewrite rotary_score_eq by lia.
Qed.
Lemma second_mass_pos p r : 0 < second_mass p r.
Proof. apply exp_pos. Qed.

Section Last.
Variable n : nat.
Hypothesis n_pos : (0 < n)%nat.
Notation final := (final_stream M x (n - 1)%nat).
Notation p := (n - 1)%nat.
Definition second_share (r : nat) : R := second_mass p r / sum n (second_mass p).

Lemma second_total_pos : 0 < sum n (second_mass p).
Proof. apply sum_pos; [exact n_pos|]. intros. apply second_mass_pos. Qed.
Lemma shares_total : sum n second_share = 1.
Proof. pose proof second_total_pos. unfold second_share. rewrite sum_div. field. lra. Qed.
Lemma second_share_nonneg r : 0 <= second_share r.
Proof. left. apply Rdiv_lt_0_compat; [apply second_mass_pos|apply second_total_pos]. Qed.

Definition added : nat -> R := combined n second_share second_written.
Lemma final_centred i : (i < W)%nat -> centred M final i = halfway p i + added i.
Proof.
  intros Hi. unfold halfway, added, combined, second_written, writes.
  rewrite <- centred_sum, <- centred_plus. apply centred_ext; [exact Hi|]. intros j Hj.
  unfold final_stream. rewrite two_blocks. cbn [fold_left]. fold first_stream.
  rewrite after_one_head by auto. f_equal. replace (S p) with n by lia.
  assert (E : sum n (read_mass C first_stream p) = sum n (second_mass p)).
  { apply sum_ext. intros r Hr. apply second_mass_eq. lia. }
  rewrite E. apply sum_ext. intros r Hr. rewrite second_mass_eq by lia. reflexivity.
Qed.

Lemma logit_final c : logit M n x c =
  reads M c (centred M final) / spread M (centred M final) + bias M c.
Proof.
  set (s := spread M _). assert (Hs : s <> 0) by (apply Rgt_not_eq, spread_pos; assumption).
  unfold logit, times, bias. rewrite <- Rplus_assoc. f_equal. unfold dot at 1.
  rewrite (sum_ext W _ (fun i => readout M c i * centred M final i / s
    + matr M (lm_head M) c i * vect M (lnf_bias M) i)).
  - rewrite sum_plus. f_equal. rewrite sum_div. reflexivity.
  - intros i Hi. unfold layer_norm, readout, centred at 1.
    change (sqrt _) with s at 1. field. exact Hs.
Qed.

(* how far the second biases put a rival above the answer, at most 0 *)
Definition late (a c : nat) : R := Rmin (bias M a - bias M c) 0.

(* what position r counts for class a against class c, per unit of its mass *)
Definition counted (a c r : nat) : R :=
  (above M a c (halfway p) + late a c * divisor_of p)
  + (above M a c (second_written r) + late a c * size M (second_written r)).

Theorem two_blocks_answer a c : 0 < sum n (fun r => second_mass p r * counted a c r) ->
  logit M n x c < logit M n x a.
Proof.
  intros H. rewrite !logit_final. set (f := centred M final). set (s := spread M f).
  assert (Hs : 0 < s) by (apply spread_pos; assumption). pose proof second_total_pos as HZ.
  assert (Ef : forall i, (i < W)%nat -> f i = halfway p i + added i) by (intros; now apply final_centred).
  assert (Ea : above M a c f = above M a c (halfway p)
    + sum n (fun r => second_share r * above M a c (second_written r))).
  { assert (E : forall k, reads M k f = reads M k (halfway p)
      + sum n (fun r => second_share r * reads M k (second_written r))).
    { intros k. rewrite <- reads_combined. fold added. rewrite <- reads_plus. apply dot_ext; [reflexivity|exact Ef]. }
    unfold above. rewrite !E, (sum_ext n (fun r => second_share r * (_ - _)) (fun r =>
      second_share r * reads M a (second_written r) - second_share r * reads M c (second_written r)))
      by (intros; ring). rewrite sum_minus. ring. }
  assert (Us : s <= divisor_of p + sum n (fun r => second_share r * size M (second_written r))).
  { unfold s. rewrite (spread_ext M f _ Ef). eapply Rle_trans; [apply spread_plus; assumption|].
    apply Rplus_le_compat_l. apply size_combined; [assumption|]. intros. apply second_share_nonneg. }
  assert (Hl : late a c <= 0) by apply Rmin_r.
  assert (G : late a c * s <= (bias M a - bias M c) * s).
  { apply Rmult_le_compat_r; [lra|apply Rmin_l]. }
  assert (P : 0 < above M a c f + (bias M a - bias M c) * s).
  { eapply Rlt_le_trans; [|apply Rplus_le_compat_l; exact G].
    assert (late a c * (divisor_of p + sum n (fun r => second_share r * size M (second_written r)))
      <= late a c * s) by (apply Rmult_le_compat_neg_l; assumption).
    eapply Rlt_le_trans; [|apply Rplus_le_compat_l; eassumption].
    replace (above M a c f + _) with (sum n (fun r => second_mass p r * counted a c r) / sum n (second_mass p)).
    { apply Rdiv_lt_0_compat; assumption. }
    rewrite <- sum_div, (sum_ext n _ (fun r => second_share r * (above M a c (halfway p) + late a c * divisor_of p)
      + (second_share r * above M a c (second_written r)
         + late a c * (second_share r * size M (second_written r)))))
      by (intros; unfold second_share, counted, Rdiv; ring).
    rewrite !sum_plus, sum_scal_r, sum_scal, shares_total, Ea. ring. }
  unfold above in P.
  apply Rmult_lt_reg_r with s; [exact Hs|].
  replace ((reads M c f / s + bias M c) * s) with (reads M c f + bias M c * s) by (field; lra).
  replace ((reads M a f / s + bias M a) * s) with (reads M a f + bias M a * s) by (field; lra). lra.
Qed.
End Last.
End Input.
End TwoBlocks.

(* ---- MLPs whose last layer is zero write nothing *)
Definition zeros : list Z -> bool := forallb (Z.eqb 0).
Definition writes_nothing (D : block) : bool := forallb zeros (fc_out D) && zeros (fc_out_bias D).
Lemma vect_zeros M v i : zeros v = true -> vect M v i = 0.
Proof.
  intros H. unfold vect. replace (nth i v 0%Z) with 0%Z; [unfold Rdiv; ring|].
  destruct (Nat.lt_ge_cases i (length v)) as [L|L]; [|now rewrite nth_overflow].
  unfold zeros in H. rewrite forallb_forall in H. apply Z.eqb_eq, H. now apply nth_In.
Qed.
Lemma silent_mlp M D : writes_nothing D = true -> forall s p i, mlp M D s p i = 0.
Proof.
  unfold writes_nothing. rewrite andb_true_iff. intros [H G] s p i. unfold mlp.
  rewrite (vect_zeros M _ i G), Rplus_0_r. unfold times, dot.
  rewrite (sum_ext _ _ (fun _ => 0)); [apply sum_zero|]. intros j _.
  unfold matr. rewrite vect_zeros; [ring|].
  destruct (Nat.lt_ge_cases i (length (fc_out D))) as [L|L].
  - rewrite forallb_forall in H. apply H. now apply nth_In.
  - rewrite nth_overflow by exact L. reflexivity.
Qed.
