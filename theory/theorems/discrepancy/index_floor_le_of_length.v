From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas approximation.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros n theta Hn. destruct (gap_le (n - 1) theta) as [t [Ht L]]; [lia|].
  apply Least_le_of with 0%Z; [lia|]. apply Least_le_of with t; [lia|].
  rewrite Z.add_0_l, Z.mod_small by lia. rewrite minus_IZR in L.
  replace (- 0 + IZR t) with (IZR t) by ring. replace (IZR n - 1 + 1) with (IZR n) in L by ring. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros n theta Hn. assert (IZR n <> 0) by (apply not_0_IZR; lia). repeat split; intros; lia || assumption.
Qed.
