From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas single_terms.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros d n h s v D0 D1 H0 One Mean Before After. assert (D : (0 <= d <= n - 1)%Z) by lia.
  change (h d = - Sum 0 (d - 1) h - Sum (d + 1) (n - 1) h + 1) in One.
  assert (Total : Sum 0 (n - 1) h = 1) by (rewrite (Sum_split _ _ d) by exact D; lra).
  set (f := fun j => h j * (s d - s j)).
  assert (F0 : forall j, (0 <= j <= n - 1)%Z -> 0 <= f j).
  { intros j Hj. unfold f. specialize (H0 j Hj). destruct (Z.lt_trichotomy j d) as [L|[->|L]].
    - specialize (Before j ltac:(lia)). apply Rmult_le_pos; lra.
    - rewrite Rminus_diag_eq, Rmult_0_r by reflexivity. lra.
    - specialize (After j ltac:(lia)). apply Rmult_le_pos; lra. }
  assert (Short : Sum 0 (n - 1) f <= 0).
  { unfold f. rewrite (Sum_ext _ _ _ (fun j => s d * h j - h j * s j)) by (intros; ring).
    rewrite Sum_minus, (Sum_scal _ _ _ h), Total. specialize (Mean d D). lra. }
  assert (Alone : forall j, (0 <= j <= n - 1)%Z -> j <> d -> h j = 0).
  { intros j Hj N. pose proof (Sum_term 0 (n - 1) j f Hj F0) as T. assert (P := F0 j Hj).
    assert (Z : f j = 0) by lra. unfold f in Z. apply Rmult_integral in Z as [Z|Z]; [exact Z|exfalso].
    destruct (Z_lt_ge_dec j d); [specialize (Before j ltac:(lia))|specialize (After j ltac:(lia))]; lra. }
  rewrite (Sum_only _ _ d) in Total by (exact D || exact Alone).
  rewrite (Sum_only _ _ d) by (exact D || (intros j Hj N; rewrite (Alone j Hj N); ring)). rewrite Total. ring.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; lia.
Qed.
