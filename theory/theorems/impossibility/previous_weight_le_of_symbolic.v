From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros R_ n l Hn HR. assert (1 <= IZR n) by (apply IZR_le; lia).
  set (least := Least 1 n (fun k => exp (l k))).
  assert (P : 0 < least) by (apply Least_gt; [lia|intros; apply exp_pos]).
  assert (L : IZR n * least <= Sum 1 n (fun k => exp (l k))).
  { replace (IZR n) with (IZR n + 1 - 1) by ring. rewrite <- (Sum_const 1 n) by lia.
    apply Sum_le. intros k Hk. exact (Least_le 1 n (fun k => exp (l k)) k Hk). }
  apply Rmult_le_reg_r with (IZR n); [lra|]. apply Rmult_le_reg_r with (R_ + Sum 1 n (fun k => exp (l k))); [nra|].
  field_simplify; nra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros R_ n l Hn HR. assert (0 < Sum 1 n (fun k => exp (l k))) by (apply Sum_pos; [lia|intros; apply exp_pos]).
  assert (1 <= IZR n) by (apply IZR_le; lia). repeat split; lia || lra.
Qed.
