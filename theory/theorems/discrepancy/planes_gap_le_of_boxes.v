From Coq Require Import Lia Lra Psatz Classical.
From ropeproof Require Import prelude lemmas approximation.
From ledger Require Import Statement.

Section Boxes.
Variables (N : Z).
Hypothesis HN : (2 <= N)%Z.

Fixpoint code (g : Z -> Z) (j : nat) : Z :=
  match j with O => 0%Z | S i => (N * code g i + g (Z.of_nat j))%Z end.

Lemma code_range g j : (forall k, 1 <= k <= Z.of_nat j -> 0 <= g k < N)%Z -> (0 <= code g j < N ^ Z.of_nat j)%Z.
Proof.
  induction j as [|j IH]; intros H; [simpl; lia|]. cbn [code]. rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia.
  specialize (IH ltac:(intros; apply H; lia)). specialize (H (Z.succ (Z.of_nat j)) ltac:(lia)). nia.
Qed.

Lemma code_inj g h j : (forall k, 1 <= k <= Z.of_nat j -> 0 <= g k < N /\ 0 <= h k < N)%Z ->
  code g j = code h j -> forall k, (1 <= k <= Z.of_nat j)%Z -> g k = h k.
Proof.
  induction j as [|j IH]; intros H E k Hk; [lia|]. cbn [code] in E.
  pose proof (H (Z.of_nat (S j)) ltac:(lia)) as D.
  assert (code g j = code h j /\ g (Z.of_nat (S j)) = h (Z.of_nat (S j))) as [E1 E2].
  { apply (Z.div_mod_unique N); [left; lia|left; lia|exact E]. }
  destruct (Z.eq_dec k (Z.of_nat (S j))) as [->|]; [exact E2|]. apply IH; try assumption; [intros; apply H|]; lia.
Qed.

Lemma code_top j : code (fun _ => N - 1)%Z j = (N ^ Z.of_nat j - 1)%Z.
Proof. induction j as [|j IH]; [reflexivity|]. cbn [code]. rewrite IH, Nat2Z.inj_succ, Z.pow_succ_r; lia. Qed.

Lemma boxes (alpha : Z -> R) (m : Z) : (1 <= m)%Z -> exists t, (1 <= t <= N ^ m - 1)%Z /\
  forall k, (1 <= k <= m)%Z -> exists p, Rabs (IZR t * alpha k - IZR p) <= / IZR N.
Proof.
  intros Hm. assert (2 <= IZR N) by (apply IZR_le; lia).
  assert (Hi : IZR N * / IZR N = 1) by (apply Rinv_r; lra). set (r := / IZR N) in *.
  assert (0 < r) by (apply Rinv_0_lt_compat; lra).
  assert (2 <= N ^ m)%Z by (replace m with (Z.succ (m - 1)) by lia; rewrite Z.pow_succ_r by lia;
    pose proof (Z.pow_pos_nonneg N (m - 1) ltac:(lia) ltac:(lia)); nia).
  set (g t k := digit N (IZR t * alpha k)).
  assert (G : forall t k, (0 <= g t k < N)%Z) by (intros; apply digit_range; lia).
  assert (exists j, m = Z.of_nat j) as [j ->] by (exists (Z.to_nat m); lia).
  assert (Cr : forall t, (0 <= code (g t) j < N ^ Z.of_nat j)%Z)
    by (intros t; apply code_range; intros; apply G).
  destruct (classic (exists t, (0 <= t <= N ^ Z.of_nat j - 1)%Z /\ code (g t) j = N ^ Z.of_nat j - 1)%Z) as [[t [Ht E]]|No].
  - rewrite <- code_top in E.
    assert (D : forall k, (1 <= k <= Z.of_nat j)%Z -> g t k = (N - 1)%Z)
      by (intros k Hk; apply (code_inj (g t) (fun _ => N - 1)%Z j); [intros; split; [apply G|lia]|exact E|lia]).
    exists t. split.
    + assert (t <> 0)%Z; [|lia]. intros ->. specialize (D 1%Z ltac:(lia)). unfold g in D.
      pose proof (digit_range N HN (0 * alpha 1%Z)) as [_ B]. rewrite D, minus_IZR, Rmult_0_l in B.
      replace (Int_part 0) with 0%Z in B; [lra|]. pose proof (base_Int_part 0).
      assert (-1 < Int_part 0)%Z by (apply lt_IZR; lra). assert (Int_part 0 < 1)%Z by (apply lt_IZR; lra). lia.
    + intros k Hk. pose proof (digit_range N HN (IZR t * alpha k)) as [_ B]. specialize (D k Hk). unfold g in D.
      rewrite D, minus_IZR in B. pose proof (base_Int_part (IZR t * alpha k)).
      exists (Int_part (IZR t * alpha k) + 1)%Z. rewrite plus_IZR. apply Rabs_le. nra.
  - destruct (pigeonhole (Z.to_nat (N ^ Z.of_nat j - 1)) (fun t => code (g t) j)) as (t & u & Htu & E).
    + intros t Ht. specialize (Cr t). assert (code (g t) j <> N ^ Z.of_nat j - 1)%Z by (intros E; apply No; exists t; split; [lia|exact E]). lia.
    + exists (u - t)%Z. split; [lia|]. intros k Hk.
      pose proof (code_inj (g t) (g u) j ltac:(intros; split; apply G) E k ltac:(lia)) as D. unfold g in D.
      pose proof (digit_range N HN (IZR t * alpha k)) as [_ B1]. pose proof (digit_range N HN (IZR u * alpha k)) as [_ B2]. rewrite D in B1.
      exists (Int_part (IZR u * alpha k) - Int_part (IZR t * alpha k))%Z. rewrite !minus_IZR. apply Rabs_le. nra.
Qed.
End Boxes.

Theorem holds : sentence.
Proof.
  intros N floor m r theta Hm HN Hr1 Hr Hf. pose proof PI_RGT_0. assert (2 <= IZR N) by (apply IZR_le; lia).
  destruct (boxes N ltac:(lia) (fun k => theta k / (2 * PI)) m ltac:(lia)) as (t & Ht & Hp).
  eapply Rle_trans; [apply (Hf t Ht)|].
  assert (One : Sum 1 m r = 1) by (rewrite Sum_first by lia; change (Sum (1 + 1) m r) with (Sum 2 m (fun k => r k)); lra).
  replace (1 - cos (2 * PI / IZR N)) with ((1 - cos (2 * PI / IZR N)) * Sum 1 m r) by (rewrite One; ring).
  rewrite <- Sum_scal. apply Sum_le. intros k Hk. specialize (Hr k Hk). apply Rmult_le_compat_r; [lra|].
  apply Rplus_le_compat_l, Ropp_le_contravar. destruct (Hp k Hk) as [p P]. cbv beta in P.
  replace (IZR t * theta k) with (2 * PI * (IZR t * (theta k / (2 * PI)) - IZR p) + 2 * PI * IZR p) by (field; lra).
  rewrite cos_IZR. apply cos_le_of_abs_le; unfold Rdiv.
  - rewrite Rabs_mult, (Rabs_pos_eq (2 * PI)) by lra. apply Rmult_le_compat_l; [lra|exact P].
  - assert (/ IZR N <= / 2) by (apply Rinv_le_contravar; lra). nra.
Qed.

Theorem makes_sense : sense.
Proof. repeat split; intros; try lia. apply not_0_IZR. lia. Qed.
