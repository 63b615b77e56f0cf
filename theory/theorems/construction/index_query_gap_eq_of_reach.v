From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

(* the rivals of i stand at every distance up to the farther end, and nowhere else *)
Theorem holds : sentence.
Proof.
  intros i n theta Hn Hi Hi'.
  assert (S : forall s, (1 <= s <= n - 1)%Z -> ((i + s) mod n = i + s \/ (i + s) mod n = i + s - n)%Z).
  { intros s Hs. destruct (Z_lt_ge_dec (i + s) n); [left; apply Z.mod_small; lia|right].
    replace (i + s)%Z with (i + s - n + 1 * n)%Z at 1 by ring. rewrite Z.mod_add, Z.mod_small; lia. }
  apply Rle_antisym; apply Least_ge; try lia; intros t Ht.
  - destruct (Z_le_gt_dec t i) as [L|L].
    + apply Least_le_of with (n - t)%Z; [lia|].
      replace ((i + (n - t)) mod n)%Z with (i - t)%Z by (destruct (S (n - t)%Z); [lia| |]; pose proof (Z.mod_pos_bound (i + (n - t)) n); lia).
      rewrite minus_IZR. replace (theta * (- IZR i + (IZR i - IZR t))) with (- (theta * IZR t)) by ring.
      rewrite cos_neg. apply Rle_refl.
    + apply Least_le_of with t; [lia|].
      replace ((i + t) mod n)%Z with (i + t)%Z by (symmetry; apply Z.mod_small; lia).
      rewrite plus_IZR. replace (- IZR i + (IZR i + IZR t)) with (IZR t) by ring. apply Rle_refl.
  - pose proof (Z.mod_pos_bound (i + t) n ltac:(lia)). destruct (S t Ht) as [E|E]; rewrite E in *.
    + apply Least_le_of with t; [lia|]. rewrite plus_IZR.
      replace (- IZR i + (IZR i + IZR t)) with (IZR t) by ring. apply Rle_refl.
    + apply Least_le_of with (n - t)%Z; [lia|]. rewrite !minus_IZR, plus_IZR.
      replace (theta * (- IZR i + (IZR i + IZR t - IZR n))) with (- (theta * (IZR n - IZR t))) by ring.
      rewrite cos_neg. apply Rle_refl.
Qed.

Theorem makes_sense : sense.
Proof. intros i n theta Hn Hi Hi'. repeat split; intros; lia. Qed.
