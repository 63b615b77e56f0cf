From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros A d x HA Hd. assert (2 <= IZR A) by (apply IZR_le; lia).
  assert (L : Sum 1 d (fun k => Sum 1 A (fun b => Sum 1 A (fun a => (x a k - x b k) ^ 2 / 2)))
    <= IZR A * Sum 1 d (fun k => Sum 1 A (fun a => x a k ^ 2))).
  { rewrite <- Sum_scal. apply Sum_le. intros k _. rewrite (spread A (fun a => x a k)) by lia. set (s := Sum 1 A (fun a => x a k)). nra. }
  apply Rmult_le_reg_r with (IZR A * (IZR A - 1)); [nra|]. unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by nra.
  eapply Rle_trans; [exact L|]. right. field. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros A d x HA Hd. assert (2 <= IZR A) by (apply IZR_le; lia). repeat split; intros; lia || lra.
Qed.
