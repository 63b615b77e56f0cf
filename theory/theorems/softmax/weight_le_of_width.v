From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros delta l n x Hn Hd Hlow Hup. rewrite Sum_first by lia. pose proof (Hup 1%Z ltac:(lia)) as U.
  assert (L : (IZR n - 1) * exp l <= Sum (1 + 1) n (fun j => exp (x j))).
  { replace (IZR n - 1) with (IZR n + 1 - IZR (1 + 1)) by (rewrite plus_IZR; ring). rewrite <- Sum_const by lia.
    apply Sum_le. intros j Hj. apply exp_le, Rge_le, Hlow. lia. }
  assert (E : exp (x 1%Z) <= exp delta * exp l) by (rewrite <- exp_plus; apply exp_le; lra).
  assert (1 <= IZR n) by (apply IZR_le; lia). pose proof (exp_pos (x 1%Z)). pose proof (exp_pos delta). pose proof (exp_pos l).
  set (S := Sum (1 + 1) n (fun j => exp (x j))) in *. set (e := exp (x 1%Z)) in *. set (v := exp delta) in *. set (u := exp l) in *.
  assert (0 <= S) by nra.
  apply Rmult_le_reg_r with ((e + S) * (IZR n + v - 1)); [nra|]. field_simplify; nra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros delta l n x Hn Hd Hlow Hup. assert (0 < Sum 1 n (fun j => exp (x j))) by (apply Sum_pos; [lia|intros; apply exp_pos]).
  assert (1 <= IZR n) by (apply IZR_le; lia). pose proof (exp_pos delta). repeat split; lia || lra.
Qed.
