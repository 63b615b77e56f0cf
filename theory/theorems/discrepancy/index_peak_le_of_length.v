From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas approximation.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros i n theta Hn Hi Hi'. pose proof (base_Int_part (- (IZR n / 2 - 1 / 2))) as [L1 L2].
  set (h := (- Int_part (- (IZR n / 2 - 1 / 2)))%Z).
  assert (E : IZR h = - IZR (Int_part (- (IZR n / 2 - 1 / 2)))) by apply opp_IZR.
  assert (2 <= IZR n) by (apply IZR_le; lia).
  assert (0 < h)%Z by (apply lt_IZR; lra).
  assert (2 * h < n + 1)%Z by (apply lt_IZR; rewrite mult_IZR, plus_IZR; lra).
  destruct (gap_le h theta) as [t [Ht L]]; [lia|]. apply Least_le_of with t; [lia|]. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros i n theta Hn Hi Hi'. split; [lia|]. pose proof (base_Int_part (- (IZR n / 2 - 1 / 2))) as [L1 L2].
  rewrite opp_IZR. assert (2 <= IZR n) by (apply IZR_le; lia). lra.
Qed.
