From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

(* the match s away beats every farther one: both sines of the difference are of angles in (0, pi) *)
Theorem holds : sentence.
Proof.
  intros n theta Hn H0 H1. pose proof PI_RGT_0. assert (N : 2 <= IZR n) by (apply IZR_le; lia).
  assert (T : (2 * IZR n - 3) * theta < 2 * PI).
  { replace (2 * PI) with ((2 * IZR n - 3) * (2 * PI / (2 * IZR n - 3))) by (field; lra).
    apply Rmult_lt_compat_l; lra. }
  apply Least_gt; [lia|]. intros r Hr. apply Least_gt; [lia|]. intros s Hs.
  assert (0 <= IZR s) by (apply IZR_le; lia).
  assert (IZR s <= IZR n - 2) by (rewrite <- minus_IZR; apply IZR_le; lia).
  assert (IZR r <= IZR n - 2) by (rewrite <- minus_IZR; apply IZR_le; lia).
  assert (M : IZR s <= Rmax (IZR r) (IZR s) <= IZR n - 2) by (split; [apply Rmax_r|apply Rmax_lub; assumption]).
  set (x := Rmax (IZR r) (IZR s)) in *.
  rewrite cos_minus_cos. repeat apply Rmult_lt_0_compat; [lra| |]; apply sin_gt_0; nra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros n theta Hn *; [|split; intros; lia].
  assert (2 <= IZR n) by (apply IZR_le; lia). lra.
Qed.
