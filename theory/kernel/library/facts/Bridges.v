(* From gaps of scores to what a head returns. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Attention SumFacts.

Section Target.
Variables (n : nat) (score value : nat -> R) (d : nat).
Hypothesis d_inside : (d < n)%nat.
Hypothesis d_leads : forall p, (p < n)%nat -> p <> d -> score p < score d.

Lemma largest_target : largest (n - 1) score = score d.
Proof.
  destruct (largest_eq (n - 1) score) as (i & Hi & E).
  pose proof (largest_ge (n - 1) score d ltac:(lia)) as L. rewrite E in *.
  destruct (Nat.eq_dec i d) as [->|N]; [reflexivity|].
  specialize (d_leads i ltac:(lia) N). lra.
Qed.

Lemma hard_target p : (p < n)%nat -> hard n score p = if (p =? d)%nat then 1 else 0.
Proof.
  intros Hp. unfold hard. rewrite largest_target.
  destruct (Nat.eqb_spec p d) as [->|N]; destruct (Req_EM_T _ _) as [E|E]; try reflexivity.
  - contradiction.
  - specialize (d_leads p Hp N). lra.
Qed.

(* A floor above 0: hard attention returns the value of the target. *)
Theorem hard_reads_target : attended n (hard n score) value = value d.
Proof.
  unfold attended.
  assert (One : sum n (hard n score) = 1).
  { rewrite (sum_ext n _ (fun p => if (p =? d)%nat then 1 else 0)) by exact hard_target.
    rewrite (sum_split n d _ d_inside), Nat.eqb_refl, (sum_ext n _ (fun _ => 0)).
    - rewrite sum_zero. ring.
    - intros i _. now destruct (i =? d)%nat. }
  rewrite One, (sum_ext n _ (fun p => if (p =? d)%nat then value p else 0)).
  - rewrite (sum_split n d _ d_inside), Nat.eqb_refl, (sum_ext n _ (fun _ => 0)).
    + rewrite sum_zero. ring.
    + intros i _. now destruct (i =? d)%nat.
  - intros p Hp. rewrite hard_target by exact Hp. destruct (p =? d)%nat; field.
Qed.
End Target.

(* A floor of l: the soft weight of the target is at least 1 / (1 + (n - 1) exp (- l)). *)
Theorem soft_weight_of_floor n score d l : (d < n)%nat ->
  (forall p, (p < n)%nat -> p <> d -> score p <= score d - l) ->
  / (1 + (INR n - 1) * exp (- l)) <= soft score d / sum n (soft score).
Proof.
  intros Hd H. set (m := soft score d). assert (Hm : 0 < m) by apply exp_pos.
  assert (Hs : sum n (soft score) <= m * (1 + (INR n - 1) * exp (- l))).
  { rewrite (sum_split n d _ Hd). fold m.
    pose proof (sum_split n d (fun _ => m * exp (- l)) Hd) as C. rewrite sum_const in C. cbv beta in C.
    apply Rle_trans with (m + sum n (fun i => if (i =? d)%nat then 0 else m * exp (- l))); [|lra].
    apply Rplus_le_compat_l, sum_le. intros i Hi. destruct (Nat.eqb_spec i d) as [_|N]; [lra|].
    unfold m, soft. rewrite <- exp_plus. specialize (H i Hi N).
    destruct (Rle_lt_or_eq_dec _ _ H) as [L|E].
    - left. apply exp_increasing. lra.
    - right. f_equal. lra. }
  assert (Hz : 0 < sum n (soft score)) by (apply sum_pos; [lia|intros; apply exp_pos]).
  assert (Hk : 0 < 1 + (INR n - 1) * exp (- l)).
  { apply Rmult_lt_reg_l with m; [exact Hm|]. lra. }
  apply Rmult_le_reg_l with (sum n (soft score)); [exact Hz|].
  replace (sum n (soft score) * (m / sum n (soft score))) with m by (field; lra).
  apply Rmult_le_reg_r with (1 + (INR n - 1) * exp (- l)); [exact Hk|].
  rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.
