From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas approximation.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros a alpha b c d Ha Hb Hd Hdet H0 H1. pose proof PI_RGT_0.
  assert (1 <= IZR b) by (apply IZR_le; lia). assert (IZR b + 1 <= IZR d) by (rewrite <- plus_IZR; apply IZR_le; lia).
  assert (D : IZR b * IZR c - IZR a * IZR d = 1) by (rewrite <- !mult_IZR, <- minus_IZR; apply IZR_eq; lia).
  set (u := alpha * IZR b - IZR a). set (v := IZR c - alpha * IZR d).
  assert (U : 0 <= u) by (unfold u; assert (IZR a / IZR b * IZR b = IZR a) by (field; lra); nra).
  assert (V : 0 <= v) by (unfold v; assert (IZR c / IZR d * IZR d = IZR c) by (field; lra); nra).
  assert (UV : u * IZR d + v * IZR b = 1) by (unfold u, v; lra).
  assert (U2 : u <= 1 / 2) by nra.
  apply Rle_antisym.
  - apply Least_le_of with b; [lia|]. lra.
  - apply Least_ge; [lia|]. intros t Ht. apply Rplus_le_compat_l, Ropp_le_contravar.
    destruct (nearest (alpha * IZR t)) as [s Hs].
    set (x := (t * c - s * d)%Z). set (y := (b * s - a * t)%Z).
    assert (Et : (t = x * b + y * d)%Z) by (unfold x, y; transitivity (t * (- a * d + b * c))%Z; [rewrite Hdet|]; ring).
    assert (X : alpha * IZR t - IZR s = IZR x * u - IZR y * v).
    { unfold u, v, x, y. rewrite !minus_IZR, !mult_IZR.
      transitivity ((alpha * IZR t - IZR s) * (IZR b * IZR c - IZR a * IZR d)); [rewrite D|]; ring. }
    assert (XY : (1 <= x /\ y <= 0 \/ x <= -1 /\ 0 <= y)%Z).
    { clearbody x y. destruct (Z_lt_ge_dec x 1); [right|left].
      - assert (x <> 0)%Z by (intros ->; destruct (Z_lt_ge_dec y 1); nia). split; [lia|]. assert (x * b <= - b)%Z by nia. nia.
      - split; [lia|]. assert (b <= x * b)%Z by nia. nia. }
    replace (2 * PI * alpha * IZR t) with (2 * PI * (alpha * IZR t - IZR s) + 2 * PI * IZR s) by ring.
    replace (2 * PI * alpha * IZR b) with (2 * PI * u + 2 * PI * IZR a) by (unfold u; ring).
    rewrite !cos_IZR, <- (cos_Rabs (2 * PI * (_ - _))), Rabs_mult, (Rabs_pos_eq (2 * PI)) by lra.
    assert (u <= Rabs (alpha * IZR t - IZR s)).
    { rewrite X. destruct XY as [[X1 Y1]|[X1 Y1]]; apply IZR_le in X1, Y1; unfold Rabs; destruct (Rcase_abs _); nra. }
    apply cos_decr_1; nra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; apply not_0_IZR; lia.
Qed.
