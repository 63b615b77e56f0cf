(* Means over the circle: Wallis's integrals, and sums of cosines held against their mean. *)
From Coq Require Import Lia Lra Psatz.
From Coquelicot Require Import Coquelicot.
From ropeproof Require Import prelude lemmas.
Open Scope R_scope.

(* ---- integrals over a quarter turn, of functions continuous everywhere *)
Definition smooth (f : R -> R) : Prop := forall x, continuous f x.
Definition Int (f : R -> R) : R := RInt f 0 (PI / 2).

Ltac smooth := intros ?; apply (ex_derive_continuous (V := R_NormedModule)); auto_derive; trivial.

Lemma ex_Int f : smooth f -> ex_RInt f 0 (PI / 2).
Proof. intros H. apply (ex_RInt_continuous (V := R_CompleteNormedModule)). intros x _. apply H. Qed.

Lemma Int_plus f g : smooth f -> smooth g -> Int (fun x => f x + g x) = Int f + Int g.
Proof. intros F G. apply (RInt_plus (V := R_CompleteNormedModule)); apply ex_Int; assumption. Qed.

Lemma Int_scal c f : smooth f -> Int (fun x => c * f x) = c * Int f.
Proof. intros F. apply (RInt_scal (V := R_CompleteNormedModule)), ex_Int, F. Qed.

Lemma Int_ext f g : (forall x, f x = g x) -> Int f = Int g.
Proof. intros H. apply RInt_ext. intros. apply H. Qed.

Lemma Int_derive (F f : R -> R) : smooth f -> (forall x, is_derive F x (f x)) -> Int f = F (PI / 2) - F 0.
Proof.
  intros H D. apply is_RInt_unique. apply (is_RInt_derive (V := R_CompleteNormedModule) F f); intros x _; [apply D|apply H].
Qed.

Lemma Int_le f g : smooth f -> smooth g -> (forall x, 0 < x < PI / 2 -> f x <= g x) -> Int f <= Int g.
Proof. intros F G H. pose proof PI_RGT_0. apply RInt_le; [lra|apply ex_Int, F|apply ex_Int, G|exact H]. Qed.

(* ---- Wallis *)
Definition quarter (k : nat) : R := Int (fun x => cos x ^ k).

Lemma quarter_0 : quarter 0 = PI / 2.
Proof. unfold quarter. rewrite (Int_derive (fun x => x)); [lra|smooth|]. intros x. auto_derive; trivial. Qed.

Lemma quarter_1 : quarter 1 = 1.
Proof.
  unfold quarter. rewrite (Int_derive sin); [rewrite sin_PI2, sin_0; lra|smooth|].
  intros x. auto_derive; trivial. simpl. ring.
Qed.

(* by parts *)
Lemma quarter_step k : (INR k + 2) * quarter (S (S k)) = (INR k + 1) * quarter k.
Proof.
  unfold quarter. rewrite <- !Int_scal by smooth. apply Rminus_diag_uniq.
  replace (Int (fun x => (INR k + 2) * cos x ^ S (S k)) - Int (fun x => (INR k + 1) * cos x ^ k))
    with (Int (fun x => (INR k + 2) * cos x ^ S (S k) + (-1) * ((INR k + 1) * cos x ^ k))).
  - rewrite (Int_derive (fun x => cos x ^ S k * sin x)); [rewrite cos_PI2, sin_0; simpl; ring|smooth|].
    intros x. auto_derive; trivial. change (match k with O => 1 | S _ => INR k + 1 end) with (INR (S k)).
    rewrite S_INR. cbn [pow]. replace (- sin x) with ((-1) * sin x) by ring.
    replace (1 * (-1 * sin x) * ((INR k + 1) * cos x ^ k) * sin x) with ((INR k + 1) * cos x ^ k * (cos x * cos x - 1))
      by (replace (cos x * cos x - 1) with (- (sin x * sin x)) by (pose proof (circle x); lra); ring).
    ring.
  - rewrite Int_plus, (Int_scal (-1)) by smooth. ring.
Qed.

Lemma quarter_falls k : quarter (S k) <= quarter k.
Proof.
  apply Int_le; [smooth|smooth|]. intros x Hx. pose proof (COS_bound x).
  assert (0 <= cos x) by (apply cos_ge_0; lra). cbn [pow]. assert (0 <= cos x ^ k) by (apply pow_le; assumption). nra.
Qed.

Lemma quarter_product k : (INR k + 1) * (quarter k * quarter (S k)) = PI / 2.
Proof.
  induction k as [|k IH]; [rewrite quarter_0, quarter_1; simpl; lra|].
  rewrite <- IH, S_INR. transitivity (quarter (S k) * ((INR k + 2) * quarter (S (S k)))); [ring|].
  rewrite quarter_step. ring.
Qed.

Lemma quarter_pos k : 0 < quarter k.
Proof.
  assert (P : 0 <= quarter k).
  { unfold quarter. replace 0 with (Int (fun _ => 0)); [|rewrite (Int_derive (fun _ => 0)); [lra|smooth|intros; auto_derive; trivial]].
    apply Int_le; [smooth|smooth|]. intros x Hx. apply pow_le, cos_ge_0; lra. }
  pose proof (quarter_product k). pose proof PI_RGT_0. destruct P as [P|P]; [exact P|]. rewrite <- P in *. lra.
Qed.

(* ---- c k, the mean of cos^(2k) *)
Fixpoint mean_cos (k : nat) : R := match k with O => 1 | S p => mean_cos p * (2 * INR p + 1) / (2 * INR p + 2) end.

Lemma quarter_even k : quarter (2 * k) = PI / 2 * mean_cos k.
Proof.
  induction k as [|k IH]; [change (2 * 0)%nat with O; rewrite quarter_0; simpl; ring|].
  replace (2 * S k)%nat with (S (S (2 * k))) by lia. pose proof (quarter_step (2 * k)) as E.
  rewrite IH, mult_INR in E. simpl (INR 2) in E. cbn [mean_cos]. pose proof (pos_INR k).
  apply Rmult_eq_reg_l with (2 * INR k + 2); [|lra].
  replace (2 * INR k + 2) with ((1 + 1) * INR k + 2) at 1 by ring. rewrite E. field. lra.
Qed.

Lemma mean_cos_ge k : 1 <= mean_cos k ^ 2 * (PI * (INR k + 1 / 2)).
Proof.
  pose proof (quarter_product (2 * k)) as E. pose proof (quarter_falls (2 * k)). pose proof (quarter_pos (2 * k)).
  pose proof PI_RGT_0. pose proof (pos_INR k). rewrite mult_INR in E. simpl (INR 2) in E. rewrite quarter_even in *.
  set (c := mean_cos k) in *. set (q := quarter (S (2 * k))) in *.
  assert (0 < c) by nra. assert (PI / 2 * (2 * INR k + 1) * (c * q) = PI / 2) by lra.
  assert ((2 * INR k + 1) * (c * q) = 1) by nra. assert (c * q <= c * (PI / 2 * c)) by nra. nra.
Qed.

(* ---- the mean of (1 + cos)^k cos j over the circle *)
Definition circle_mean (k : nat) (j : Z) : R := 2 / PI * Int (fun x => (1 + cos (2 * x)) ^ k * cos (2 * IZR j * x)).

Lemma circle_mean_0 j : circle_mean 0 j = if (j =? 0)%Z then 1 else 0.
Proof.
  unfold circle_mean. pose proof PI_RGT_0. destruct (Z.eqb_spec j 0) as [->|N].
  - rewrite (Int_derive (fun x => x)); [field; lra|smooth|].
    intros x. auto_derive; trivial. rewrite Rmult_0_r, Rmult_0_l, cos_0. simpl. ring.
  - assert (IZR j <> 0) by (apply not_0_IZR; exact N).
    rewrite (Int_derive (fun x => sin (2 * IZR j * x) / (2 * IZR j))); [|smooth|].
    + replace (2 * IZR j * (PI / 2)) with (IZR j * PI) by field.
      rewrite (sin_eq_0_1 (IZR j * PI)) by (exists j; reflexivity). rewrite Rmult_0_r, sin_0. field. lra.
    + intros x. auto_derive; trivial. simpl. field. assumption.
Qed.

Lemma circle_mean_S k j :
  circle_mean (S k) j = circle_mean k j + 1 / 2 * circle_mean k (j + 1) + 1 / 2 * circle_mean k (j - 1).
Proof.
  unfold circle_mean.
  rewrite (Int_ext _ (fun x => (1 + cos (2 * x)) ^ k * cos (2 * IZR j * x)
    + (1 / 2 * ((1 + cos (2 * x)) ^ k * cos (2 * IZR (j + 1) * x)) + 1 / 2 * ((1 + cos (2 * x)) ^ k * cos (2 * IZR (j - 1) * x))))).
  - rewrite !Int_plus, !Int_scal by smooth. ring.
  - intros x. rewrite plus_IZR, minus_IZR.
    replace (2 * (IZR j + 1) * x) with (2 * IZR j * x + 2 * x) by ring.
    replace (2 * (IZR j - 1) * x) with (2 * IZR j * x - 2 * x) by ring. rewrite cos_plus, cos_minus. simpl. field.
Qed.

Lemma circle_mean_even k : circle_mean k 0 = 2 ^ k * mean_cos k.
Proof.
  unfold circle_mean. pose proof PI_RGT_0.
  rewrite (Int_ext _ (fun x => 2 ^ k * cos x ^ (2 * k))).
  - rewrite Int_scal by smooth. fold (quarter (2 * k)). rewrite quarter_even. field. lra.
  - intros x. rewrite Rmult_0_r, Rmult_0_l, cos_0, cos_2a_cos, pow_mult, <- Rpow_mult_distr, Rmult_1_r. f_equal. ring.
Qed.

(* ---- sums over all pairs of n points of the circle *)
Lemma pairs_of_cos n (x : Z -> R) (j : R) :
  0 <= Sum 0 (n - 1) (fun i => Sum 0 (n - 1) (fun t => cos (j * (x t - x i)))).
Proof.
  set (C := Sum 0 (n - 1) (fun t => cos (j * x t))). set (S := Sum 0 (n - 1) (fun t => sin (j * x t))).
  replace (Sum 0 (n - 1) _) with (C * C + S * S); [nra|].
  rewrite (Sum_ext 0 (n - 1) _ (fun i => C * cos (j * x i) + S * sin (j * x i))).
  - rewrite Sum_plus, !Sum_scal. reflexivity.
  - intros i _. rewrite (Rmult_comm C), (Rmult_comm S). unfold C, S. rewrite <- !Sum_scal, <- Sum_plus. apply Sum_ext.
    intros t _. replace (j * (x t - x i)) with (j * x t - j * x i) by ring. rewrite cos_minus. ring.
Qed.

Lemma pairs_ge_mean n (x : Z -> R) k : (0 <= n)%Z -> forall j : Z,
  IZR n ^ 2 * circle_mean k j
  <= Sum 0 (n - 1) (fun i => Sum 0 (n - 1) (fun t => (1 + cos (x t - x i)) ^ k * cos (IZR j * (x t - x i)))).
Proof.
  intros Hn. induction k as [|k IH]; intros j.
  - rewrite circle_mean_0. destruct (Z.eqb_spec j 0) as [->|N].
    + right. rewrite (Sum_ext 0 (n - 1) _ (fun _ => IZR n)).
      * rewrite Sum_const, minus_IZR by lia. ring.
      * intros i _. rewrite (Sum_ext 0 (n - 1) _ (fun _ => 1)).
        { rewrite Sum_const, minus_IZR by lia. ring. }
        intros t _. rewrite Rmult_0_l, cos_0. simpl. ring.
    + rewrite Rmult_0_r. eapply Rle_trans; [apply (pairs_of_cos n x (IZR j))|]. right.
      apply Sum_ext. intros i _. apply Sum_ext. intros t _. simpl. ring.
  - rewrite circle_mean_S. pose proof (IH j) as A. pose proof (IH (j + 1)%Z) as B. pose proof (IH (j - 1)%Z) as C.
    eapply Rle_trans with (Sum 0 (n - 1) (fun i => Sum 0 (n - 1) (fun t => (1 + cos (x t - x i)) ^ k * cos (IZR j * (x t - x i))))
      + (1 / 2 * Sum 0 (n - 1) (fun i => Sum 0 (n - 1) (fun t => (1 + cos (x t - x i)) ^ k * cos (IZR (j + 1) * (x t - x i))))
      + 1 / 2 * Sum 0 (n - 1) (fun i => Sum 0 (n - 1) (fun t => (1 + cos (x t - x i)) ^ k * cos (IZR (j - 1) * (x t - x i)))))); [lra|].
    rewrite <- !Sum_scal, <- !Sum_plus. right. apply Sum_ext. intros i _. rewrite <- !Sum_scal, <- !Sum_plus. apply Sum_ext.
    intros t _. rewrite plus_IZR, minus_IZR. set (u := x t - x i).
    replace ((IZR j + 1) * u) with (IZR j * u + u) by ring. replace ((IZR j - 1) * u) with (IZR j * u - u) by ring.
    rewrite cos_plus, cos_minus. simpl. field.
Qed.

Lemma mean_cos_pos k : 0 < mean_cos k.
Proof.
  induction k as [|k IH]; [apply Rlt_0_1|]. cbn [mean_cos]. pose proof (pos_INR k).
  apply Rdiv_lt_0_compat; nra.
Qed.
