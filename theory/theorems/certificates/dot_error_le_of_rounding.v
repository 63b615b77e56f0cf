From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rounding.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros n u s a b delta eps Hn S0 DL EL DH EH Step.
  set (x := fun j => a j * b j). set (y := fun j => (eps j + 1) * x j).
  assert (R : Rabs (s n - Sum 1 n y) <= (exp (u * IZR n) - 1) * Sum 1 n (fun j => Rabs (y j))).
  { apply (rounded_sum n u s delta y); [lia|exact S0| |].
    - intros j Hj. specialize (DL j Hj). specialize (DH j Hj). lra.
    - intros j Hj. rewrite (Step j Hj). unfold y, x. ring. }
  change (Rabs (s n - Sum 1 n x) <= (exp (u * (IZR n + 1)) - 1) * Sum 1 n (fun j => Rabs (x j))).
  destruct (Z.eq_dec n 0) as [->|N].
  { unfold Sum. simpl. rewrite S0, Rminus_0_r, Rabs_R0. lra. }
  assert (U : 0 <= u) by (specialize (DL 1%Z ltac:(lia)); specialize (DH 1%Z ltac:(lia)); lra).
  set (A := Sum 1 n (fun j => Rabs (x j))). assert (P : 0 <= A) by (apply Sum_nonneg; intros; apply Rabs_pos).
  assert (Y : Sum 1 n (fun j => Rabs (y j)) <= (1 + u) * A).
  { unfold A. rewrite <- Sum_scal. apply Sum_le. intros j Hj. unfold y. rewrite Rabs_mult.
    apply Rmult_le_compat_r; [apply Rabs_pos|]. specialize (EL j Hj). specialize (EH j Hj).
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_R1. assert (Rabs (eps j) <= u) by (apply Rabs_le; lra). lra. }
  assert (D : Rabs (Sum 1 n y - Sum 1 n x) <= u * A).
  { rewrite <- Sum_minus. eapply Rle_trans; [apply Rabs_Sum|]. unfold A. rewrite <- Sum_scal. apply Sum_le. intros j Hj.
    replace (y j - x j) with (eps j * x j) by (unfold y; ring). rewrite Rabs_mult.
    apply Rmult_le_compat_r; [apply Rabs_pos|]. specialize (EL j Hj). specialize (EH j Hj). apply Rabs_le. lra. }
  replace (s n - Sum 1 n x) with (s n - Sum 1 n y + (Sum 1 n y - Sum 1 n x)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rmult_plus_distr_l, Rmult_1_r, exp_plus.
  pose proof (exp_ineq1_le u) as X. assert (O : 1 <= exp (u * IZR n)).
  { eapply Rle_trans; [|apply exp_ineq1_le]. assert (0 <= IZR n) by (apply IZR_le; lia).
    assert (0 <= u * IZR n) by (apply Rmult_le_pos; assumption). lra. }
  set (e := exp (u * IZR n)) in *.
  apply (Rmult_le_compat_l (e - 1)) in Y; [|lra].
  apply Rle_trans with ((e - 1) * ((1 + u) * A) + u * A); [lra|].
  replace ((e - 1) * ((1 + u) * A) + u * A) with ((e * (1 + u) - 1) * A) by ring.
  apply Rmult_le_compat_r; [exact P|]. apply Rplus_le_compat_r, Rmult_le_compat_l; lra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros n u s a b delta eps Hn S0 DL EL DH EH Step. lia.
Qed.
