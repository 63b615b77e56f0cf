From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas digits.
From ledger Require Import Statement.

(* digits *)
Lemma digit_of_rest m j k c i : (0 < m)%Z -> (0 <= j < k)%Z -> ((c + i * m ^ k) / m ^ j mod m = c / m ^ j mod m)%Z.
Proof.
  intros Hm Hj. replace (m ^ k)%Z with (m ^ (k - j - 1) * m * m ^ j)%Z.
  - replace (c + i * (m ^ (k - j - 1) * m * m ^ j))%Z with (c + i * m ^ (k - j - 1) * m * m ^ j)%Z by ring.
    rewrite Z.div_add by (apply Z.pow_nonzero; lia). apply Z.mod_add. lia.
  - rewrite <- (Z.pow_1_r m) at 2. rewrite <- !Z.pow_add_r by lia. f_equal. lia.
Qed.

Lemma top_digit m k c i : (0 <= k)%Z -> (0 <= i < m)%Z -> (0 <= c < m ^ k)%Z -> ((c + i * m ^ k) / m ^ k mod m = i)%Z.
Proof.
  intros Hk Hi Hc. rewrite Z.div_add by lia. rewrite Z.div_small by lia. apply Z.mod_small. lia.
Qed.

Section Choices.
Variables (m : Z) (a : Z -> Z -> R).
Hypothesis m_pos : (1 <= m)%Z.
Let total n c := Sum 0 (n - 1) (fun j => a j (c / m ^ j mod m)%Z).
Let leasts n := Sum 0 (n - 1) (fun j => Least 0 (m - 1) (fun i => a j i)).

Lemma leasts_le n c : leasts n <= total n c.
Proof.
  apply Sum_le. intros j _. pose proof (Z.mod_pos_bound (c / m ^ j) m ltac:(lia)).
  apply (Least_le 0 (m - 1) (fun i => a j i)). lia.
Qed.

Lemma leasts_attained n : (0 <= n)%Z -> exists c, (0 <= c < m ^ n)%Z /\ total n c = leasts n.
Proof.
  intros Hn. pattern n. apply natlike_ind; [| |exact Hn].
  - exists 0%Z. split; [cbn; lia|reflexivity].
  - intros k Hk [c [Hc E]]. destruct (Least_attained 0 (m - 1) (fun i => a k i) ltac:(lia)) as [i [Hi A]].
    exists (c + i * m ^ k)%Z. rewrite Z.pow_succ_r by exact Hk. split; [nia|].
    unfold total, leasts, Z.succ in *. rewrite !(Sum_last 0 (k + 1 - 1)) by lia.
    replace (k + 1 - 1)%Z with k by ring. rewrite <- E, A, top_digit by lia. f_equal.
    apply Sum_ext. intros j Hj. rewrite digit_of_rest by lia. reflexivity.
Qed.
End Choices.

Theorem holds : sentence.
Proof.
  intros m n a Hm Hn.
  assert (E : forall c, Sum 0 (n - 1) (fun j => a j (Int_part (IZR c / IZR (m ^ j)) mod m)%Z) =
    Sum 0 (n - 1) (fun j => a j (c / m ^ j mod m)%Z)).
  { intros c. apply Sum_ext. intros j Hj. rewrite Int_part_power by lia. reflexivity. }
  assert (P : (0 < m ^ n)%Z) by (apply Z.pow_pos_nonneg; lia). apply Rle_antisym.
  - destruct (leasts_attained m a ltac:(lia) n ltac:(lia)) as [c [Hc <-]].
    apply (Least_le_of _ _ _ c); [lia|]. rewrite E. lra.
  - apply Least_ge; [lia|]. intros c _. rewrite E. apply leasts_le. lia.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia. apply not_0_IZR, Z.pow_nonzero; lia.
Qed.
