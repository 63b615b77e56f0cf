(* Sums that are rounded at every step: checked, so not trusted. *)
From Coq Require Import Reals ZArith Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
Open Scope R_scope.

Lemma Rabs_Sum a b f : Rabs (Sum a b f) <= Sum a b (fun j => Rabs (f j)).
Proof.
  unfold Sum. induction (Z.to_nat (b + 1 - a)) as [|k IH]; cbn [sum_steps]; [rewrite Rabs_R0; lra|].
  eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma rounded_sum n u (s delta x : Z -> R) : (0 <= n)%Z -> s 0%Z = 0 ->
  (forall j, (1 <= j <= n)%Z -> - u <= delta j <= u) ->
  (forall j, (1 <= j <= n)%Z -> s j = (delta j + 1) * (s (j - 1)%Z + x j)) ->
  Rabs (s n - Sum 1 n x) <= (exp (u * IZR n) - 1) * Sum 1 n (fun j => Rabs (x j)).
Proof.
  intros Hn S0 Small Step.
  assert (G : forall m : nat, (Z.of_nat m <= n)%Z ->
    let k := Z.of_nat m in let A := Sum 1 k (fun j => Rabs (x j)) in
    Rabs (s k - Sum 1 k x) <= (exp (u * IZR k) - 1) * A).
  { induction m as [|m IH]; intros Hm k A.
    - assert (E : A = 0) by reflexivity. assert (F : Sum 1 k x = 0) by reflexivity. rewrite E, F.
      change k with 0%Z. rewrite S0, Rminus_0_r, Rabs_R0. lra.
    - specialize (IH ltac:(lia)). cbv zeta in IH. rename IH into E.
      unfold A. clear A. assert (K : k = (Z.of_nat m + 1)%Z) by (unfold k; lia). clearbody k.
      specialize (Small k ltac:(lia)). specialize (Step k ltac:(lia)).
      rewrite !(Sum_last 1 k) by lia. replace (k - 1)%Z with (Z.of_nat m) in * by lia.
      set (B := Sum 1 (Z.of_nat m) (fun j => Rabs (x j))) in *. set (D := Sum 1 (Z.of_nat m) x) in *.
      pose proof (Rabs_Sum 1 (Z.of_nat m) x : Rabs D <= B) as T. pose proof (Rabs_triang D (x k)) as Y. rewrite Step.
      replace ((delta k + 1) * (s (Z.of_nat m) + x k) - (D + x k)) with
        ((delta k + 1) * (s (Z.of_nat m) - D) + delta k * (D + x k)) by ring.
      eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult.
      assert (Rabs (delta k) <= u) by (apply Rabs_le; lra).
      assert (Rabs (delta k + 1) <= 1 + u) by (eapply Rle_trans; [apply Rabs_triang|]; rewrite Rabs_R1; lra).
      replace (u * IZR k) with (u * IZR (Z.of_nat m) + u) by (rewrite K, plus_IZR; ring).
      rewrite exp_plus. set (e := exp (u * IZR (Z.of_nat m))) in *.
      assert (U : 0 <= u) by (pose proof (Rabs_pos (delta k)); lra). pose proof (exp_ineq1_le u) as X.
      assert (O : 1 <= e) by (unfold e; eapply Rle_trans; [|apply exp_ineq1_le];
        assert (0 <= IZR (Z.of_nat m)) by (apply IZR_le; lia); nra).
      pose proof (Rabs_pos (x k)) as V. pose proof (Rabs_pos D) as Q.
      apply Rle_trans with ((1 + u) * ((e - 1) * B) + u * (B + Rabs (x k))).
      + apply Rplus_le_compat; apply Rmult_le_compat; try apply Rabs_pos; lra.
      + apply Rle_trans with ((e * (1 + u) - 1) * (B + Rabs (x k))).
        * assert (0 <= (1 + u) * (e - 1) * Rabs (x k)) by (repeat apply Rmult_le_pos; lra). lra.
        * apply Rmult_le_compat_r; [lra|]. apply Rplus_le_compat_r, Rmult_le_compat_l; lra. }
  specialize (G (Z.to_nat n) ltac:(lia)). rewrite Z2Nat.id in G by lia. apply G.
Qed.
