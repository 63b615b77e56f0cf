From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Lemma rev_sum n f : sum_steps (fun i => f (Z.of_nat n - i)%Z) 0 n = sum_steps f 1 n.
Proof.
  revert f. induction n as [|n IH]; intros f; [reflexivity|].
  cbn [sum_steps]. rewrite (sum_steps_ext (fun i => f (Z.of_nat (S n) - i)%Z) (fun i => f (Z.of_nat n - i + 1)%Z)).
  - rewrite (IH (fun i => f (i + 1)%Z)). rewrite Nat2Z.inj_succ. replace (Z.succ (Z.of_nat n) - (0 + Z.of_nat n))%Z with 1%Z by lia.
    clear IH. induction n as [|n IH]; [simpl; ring|]. cbn [sum_steps].
    replace (1 + Z.of_nat (S n))%Z with (1 + Z.of_nat n + 1)%Z by lia. lra.
  - intros i Hi. f_equal. lia.
Qed.

Section Fejer.
Variable theta : R.
Notation C := (sum_steps (fun i => cos (IZR i * theta)) 0).
Notation S := (sum_steps (fun i => sin (IZR i * theta)) 0).

Lemma turned N k : cos (IZR N * theta) * C k + sin (IZR N * theta) * S k
  = sum_steps (fun i => cos (IZR (N - i) * theta)) 0 k.
Proof.
  induction k as [|k IH]; [simpl; ring|]. cbn [sum_steps]. rewrite <- IH, minus_IZR.
  replace ((IZR N - IZR (0 + Z.of_nat k)) * theta) with (IZR N * theta - IZR (0 + Z.of_nat k) * theta) by ring.
  rewrite cos_minus. ring.
Qed.

Lemma fejer n : INR n + 2 * sum_steps (fun t => (INR n - IZR t) * cos (IZR t * theta)) 1 n = C n ^ 2 + S n ^ 2.
Proof.
  induction n as [|n IH]; [simpl; ring|].
  assert (G : forall k, sum_steps (fun t => (INR n + 1 - IZR t) * cos (IZR t * theta)) 1 k
    = sum_steps (fun t => (INR n - IZR t) * cos (IZR t * theta)) 1 k + sum_steps (fun t => cos (IZR t * theta)) 1 k)
    by (induction k as [|k IHk]; cbn [sum_steps]; [ring|rewrite IHk; ring]).
  pose proof (turned (Z.of_nat n) n) as T. rewrite (rev_sum n (fun i => cos (IZR i * theta))) in T.
  pose proof (circle (IZR (Z.of_nat n) * theta)) as U.
  rewrite S_INR. cbn [sum_steps]. rewrite G, Z.add_0_l, plus_IZR, <- (INR_IZR_INZ n) in *.
  set (c := cos (INR n * theta)) in *. set (s := sin (INR n * theta)) in *.
  replace ((C n + c) ^ 2 + (S n + s) ^ 2) with (C n ^ 2 + S n ^ 2 + 2 * (c * C n + s * S n) + (s * s + c * c)) by ring.
  rewrite T, U, <- IH. ring.
Qed.

Lemma leads_le M : (1 <= M)%Z ->
  Sum 1 M (fun t => (IZR M + 1 - IZR t) * (1 - cos (IZR t * theta))) <= (IZR M + 1) ^ 2 / 2.
Proof.
  intros HM. pose proof (fejer (Z.to_nat (M + 1))) as F.
  rewrite INR_IZR_INZ, Z2Nat.id, plus_IZR in F by lia.
  change (sum_steps ?f 1 (Z.to_nat (M + 1))) with (sum_steps f 1 (Z.to_nat (M + 1))) in F.
  assert (E : sum_steps (fun t => (IZR M + 1 - IZR t) * cos (IZR t * theta)) 1 (Z.to_nat (M + 1))
    = Sum 1 M (fun t => (IZR M + 1 - IZR t) * cos (IZR t * theta))).
  { unfold Sum. replace (Z.to_nat (M + 1)) with (Datatypes.S (Z.to_nat (M + 1 - 1))) by lia. cbn [sum_steps].
    rewrite plus_IZR, <- INR_IZR_INZ, INR_IZR_INZ, Z2Nat.id, minus_IZR, plus_IZR by lia. ring. }
  rewrite E in F.
  assert (W : Sum 1 M (fun t => IZR M + 1 - IZR t) = IZR M * (IZR M + 1) / 2) by (apply weights; lia).
  rewrite (Sum_ext 1 M _ (fun t => (IZR M + 1 - IZR t) - (IZR M + 1 - IZR t) * cos (IZR t * theta))) by (intros; ring).
  rewrite Sum_minus, W. pose proof (pow2_ge_0 (C (Z.to_nat (M + 1)))). pose proof (pow2_ge_0 (S (Z.to_nat (M + 1)))). lra.
Qed.
End Fejer.

Theorem holds : sentence.
Proof.
  intros M floor m r theta Hm HM Hr1 Hr Hf. assert (1 <= IZR M) by (apply IZR_le; lia).
  assert (One : Sum 1 m r = 1) by (rewrite Sum_first by lia; change (Sum (1 + 1) m r) with (Sum 2 m (fun k => r k)); lra).
  assert (L : Sum 1 M (fun t => (IZR M + 1 - IZR t) * floor)
    <= Sum 1 M (fun t => Sum 1 m (fun k => (IZR M + 1 - IZR t) * ((1 - cos (IZR t * theta k)) * r k)))).
  { apply Sum_le. intros t Ht. rewrite Sum_scal. apply Rmult_le_compat_l; [|apply Hf, Ht].
    assert (IZR t <= IZR M) by (apply IZR_le; lia). lra. }
  rewrite Sum_swap in L.
  assert (L2 : Sum 1 m (fun k => Sum 1 M (fun t => (IZR M + 1 - IZR t) * ((1 - cos (IZR t * theta k)) * r k)))
    <= Sum 1 m (fun k => (IZR M + 1) ^ 2 / 2 * r k)).
  { apply Sum_le. intros k Hk. specialize (Hr k Hk).
    rewrite (Sum_ext 1 M _ (fun t => r k * ((IZR M + 1 - IZR t) * (1 - cos (IZR t * theta k))))) by (intros; ring).
    rewrite Sum_scal, Rmult_comm. apply Rmult_le_compat_r; [lra|]. apply leads_le. lia. }
  rewrite Sum_scal in L2. change (Sum 1 m (fun k => r k)) with (Sum 1 m r) in L2. rewrite One in L2.
  rewrite (Sum_ext 1 M _ (fun t => floor * (IZR M + 1 - IZR t))), Sum_scal, weights in L by (lia || (intros; ring)).
  apply Rmult_le_reg_r with (IZR M * (IZR M + 1) / 2); [nra|].
  replace ((IZR M + 1) / IZR M * (IZR M * (IZR M + 1) / 2)) with ((IZR M + 1) ^ 2 / 2) by (field; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia. apply not_0_IZR. lia.
Qed.
