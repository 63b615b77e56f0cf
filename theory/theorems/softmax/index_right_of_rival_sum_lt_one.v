From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas single_terms.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros beta i n theta v Hi Hi' Hv V1 HT.
  set (T := Sum (- i) _ _) in HT.
  assert (E : Sum 0 (n - 1) (fun t => exp (beta * cos (theta * (- IZR i + IZR t)))) = exp beta * T).
  { unfold T. replace (- i)%Z with (0 + - i)%Z by ring. replace (0 + - i + n - 1)%Z with (n - 1 + - i)%Z by ring.
    rewrite Sum_shift, <- Sum_scal. apply Sum_ext. intros t _. rewrite <- exp_plus, plus_IZR, opp_IZR.
    rewrite (Rplus_comm (IZR t)). f_equal. ring. }
  assert (P : 0 < T) by (apply Sum_pos; [lia|]; intros; apply exp_pos).
  pose proof (exp_pos beta) as B.
  pose (f := fun t : Z => (1 - v t) * exp (beta * cos (theta * (- IZR i + IZR t)))).
  assert (R : exp beta <= Sum 0 (n - 1) f).
  { replace (exp beta) with (f i).
    - apply Sum_term; [lia|]. intros j Hj. unfold f. specialize (V1 j Hj).
      apply Rmult_le_pos; [lra|left; apply exp_pos].
    - unfold f. rewrite Hv. replace (theta * (- IZR i + IZR i)) with 0 by ring. rewrite cos_0, Rmult_1_r. ring. }
  assert (S : Sum 0 (n - 1) (fun t => v t * exp (beta * cos (theta * (- IZR i + IZR t)))) = exp beta * T - Sum 0 (n - 1) f).
  { rewrite <- E, <- Sum_minus. apply Sum_ext. intros t _. unfold f. ring. }
  rewrite S, E. set (s := Sum 0 (n - 1) f) in *.
  assert (W : 1 / 2 < 1 / T) by (apply Rmult_lt_reg_r with T; [exact P|]; replace (1 / T * T) with 1 by (field; lra); lra).
  apply Rlt_gt, Rmin_glb_lt.
  - replace (2 * exp beta / (exp beta * T)) with (2 * (1 / T)) by (field; lra). lra.
  - replace (2 * exp beta / (exp beta * T)) with (2 * (1 / T)) by (field; lra).
    assert (Q : (exp beta * T - s) / (exp beta * T) <= 1 - 1 / T).
    { apply Rmult_le_reg_r with (exp beta * T); [nra|].
      replace ((exp beta * T - s) / (exp beta * T) * (exp beta * T)) with (exp beta * T - s) by (field; lra).
      replace ((1 - 1 / T) * (exp beta * T)) with (exp beta * T - exp beta) by (field; lra). lra. }
    replace (2 * (exp beta * T - s) / (exp beta * T)) with (2 * ((exp beta * T - s) / (exp beta * T))) by (field; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; apply Rgt_not_eq, Sum_pos; try lia; intros; apply exp_pos.
Qed.
