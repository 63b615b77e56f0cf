From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros beta n Hn Hs. pose proof PI_RGT_0. assert (9 <= IZR n) by (apply IZR_le; lia).
  set (f t := exp (- beta * (1 - cos (2 * PI * IZR t / IZR n)))).
  change (Sum 1 (n - 1) f < 1) in Hs.
  assert (Sym : forall t, f (n - t)%Z = f t).
  { intros t. unfold f. rewrite minus_IZR. replace (2 * PI * (IZR n - IZR t) / IZR n) with (- (2 * PI * IZR t / IZR n) + 2 * PI * IZR 1) by (field; lra).
    rewrite cos_IZR, cos_neg. reflexivity. }
  assert (Eight : 2 * (f 1%Z + f 2%Z + f 3%Z + f 4%Z) <= Sum 1 (n - 1) f).
  { rewrite (Sum_first 1), (Sum_first 2), (Sum_first 3), (Sum_first 4) by lia. cbn [Z.add Pos.add Pos.succ].
    rewrite (Sum_last 5), (Sum_last 5 (n - 1 - 1)), (Sum_last 5 (n - 1 - 1 - 1)), (Sum_last 5 (n - 1 - 1 - 1 - 1)) by lia.
    pose proof (Sum_nonneg 5 (n - 1 - 1 - 1 - 1 - 1) f ltac:(intros; left; apply exp_pos)).
    replace (n - 1 - 1 - 1 - 1)%Z with (n - 4)%Z in * by ring. replace (n - 1 - 1 - 1)%Z with (n - 3)%Z by ring.
    replace (n - 1 - 1)%Z with (n - 2)%Z by ring. rewrite !Sym. lra. }
  set (x := 2 * PI ^ 2 * beta / IZR n ^ 2).
  assert (Tail : forall t, (1 <= t)%Z -> 0 <= beta -> exp (- x * IZR t ^ 2) <= f t).
  { intros t Ht Hb. unfold f. apply exp_le. set (y := PI * IZR t / IZR n).
    replace (2 * PI * IZR t / IZR n) with (2 * y) by (unfold y; field; lra).
    replace (- x * IZR t ^ 2) with (- beta * (2 * (y * y))) by (unfold x, y; field; lra).
    assert (0 < y) by (unfold y; apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; [|apply IZR_lt; lia]|]; lra).
    rewrite cos_2a_sin. pose proof (sin_lt_x y ltac:(assumption)). pose proof (SIN_bound y).
    assert (- y < sin y).
    { destruct (Rle_dec y PI) as [Y|Y]; [pose proof (sin_ge_0 y ltac:(lra) Y); lra|].
      assert (3 < PI) by interval with (i_prec 30). lra. }
    assert (sin y * sin y <= y * y) by nra.
    replace (1 - (1 - 2 * sin y * sin y)) with (2 * (sin y * sin y)) by ring. nra. }
  assert (B0 : 0 < beta).
  { destruct (Rlt_dec 0 beta) as [|Nb]; [assumption|exfalso]. apply Rnot_lt_le in Nb.
    assert (1 <= f 1%Z). { apply Rle_trans with (exp 0); [rewrite exp_0; lra|]. apply exp_le. pose proof (COS_bound (2 * PI * 1 / IZR n)). apply Rmult_le_pos; lra. }
    assert (0 < f 2%Z /\ 0 < f 3%Z /\ 0 < f 4%Z) by (repeat split; apply exp_pos). lra. }
  assert (X0 : 0 < x) by (unfold x; apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat|]; nra).
  assert (L : 2 * (exp (- x) + exp (- x * 4) + exp (- x * 9) + exp (- x * 16)) < 1).
  { pose proof (Tail 1%Z ltac:(lia) ltac:(lra)). pose proof (Tail 2%Z ltac:(lia) ltac:(lra)). pose proof (Tail 3%Z ltac:(lia) ltac:(lra)). pose proof (Tail 4%Z ltac:(lia) ltac:(lra)).
    replace (- x * 1 ^ 2) with (- x) in * by ring. replace (- x * 2 ^ 2) with (- x * 4) in * by ring.
    replace (- x * 3 ^ 2) with (- x * 9) in * by ring. replace (- x * 4 ^ 2) with (- x * 16) in * by ring. lra. }
  assert (R0 : 785409 / 1000000 < x).
  { destruct (Rlt_dec (785409 / 1000000) x) as [|Nx]; [assumption|exfalso]. apply Rnot_lt_le in Nx.
    assert (1 < 2 * (exp (- (785409 / 1000000)) + exp (- (785409 / 1000000) * 4) + exp (- (785409 / 1000000) * 9) + exp (- (785409 / 1000000) * 16)))
      by (interval with (i_prec 60)).
    pose proof (exp_le (- (785409 / 1000000)) (- x) ltac:(lra)). pose proof (exp_le (- (785409 / 1000000) * 4) (- x * 4) ltac:(lra)).
    pose proof (exp_le (- (785409 / 1000000) * 9) (- x * 9) ltac:(lra)). pose proof (exp_le (- (785409 / 1000000) * 16) (- x * 16) ltac:(lra)). lra. }
  replace beta with (x * IZR n ^ 2 / (2 * PI ^ 2)) by (unfold x; field; lra).
  apply Rmult_lt_reg_r with (2 * PI ^ 2 / IZR n ^ 2); [apply Rdiv_lt_0_compat; nra|]. field_simplify; lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. repeat split; intros; try lia; [apply not_0_IZR; lia|..].
Qed.
