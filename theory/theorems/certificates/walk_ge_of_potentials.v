From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas digits.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros c m n p w Hm Hn Paid.
  set (x := fun j : Z => (c / m ^ j mod m)%Z).
  assert (X : forall j, (0 <= x j <= m - 1)%Z).
  { intros j. pose proof (Z.mod_pos_bound (c / m ^ j) m ltac:(lia)). unfold x. lia. }
  rewrite (Sum_ext 1 n _ (fun j => w j (x (j - 1)%Z) (x j))).
  2: { intros j Hj. rewrite !Int_part_power by lia. reflexivity. }
  rewrite Int_part_power by lia. fold (x n). replace (c mod m)%Z with (x 0%Z) by (unfold x; rewrite Z.pow_0_r, Z.div_1_r; reflexivity).
  assert (T : Sum 1 n (fun j => p (j - 1)%Z (x (j - 1)%Z) - p j (x j)) = p 0%Z (x 0%Z) - p n (x n)).
  { pattern n. apply natlike_ind; [|intros k Hk IH|lia].
    - unfold Sum. simpl. ring.
    - unfold Z.succ. rewrite Sum_last by lia. replace (k + 1 - 1)%Z with k by ring. rewrite IH. ring. }
  assert (L : Sum 1 n (fun j => p (j - 1)%Z (x (j - 1)%Z) - p j (x j)) <= Sum 1 n (fun j => w j (x (j - 1)%Z) (x j))).
  { apply Sum_le. intros j Hj. specialize (Paid j Hj).
    pose proof (Least_le 0 (m - 1) (fun i => Least 0 (m - 1) (fun k => - p (j - 1)%Z i + p j k + w j i k)) _ (X (j - 1)%Z)) as A.
    pose proof (Least_le 0 (m - 1) (fun k => - p (j - 1)%Z (x (j - 1)%Z) + p j k + w j (x (j - 1)%Z) k) _ (X j)) as B.
    cbv beta in A, B. lra. }
  rewrite T in L. apply Rle_ge, L.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; apply not_0_IZR, Z.pow_nonzero; lia.
Qed.
