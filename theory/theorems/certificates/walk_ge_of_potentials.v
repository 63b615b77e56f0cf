From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros n e p Hn He. assert (T : Sum 1 n (fun j => p (j - 1)%Z - p j) = p 0%Z - p n).
  { pattern n. apply natlike_ind; [|intros k Hk IH|lia].
    - unfold Sum. simpl. ring.
    - unfold Z.succ. rewrite Sum_last by lia. replace (k + 1 - 1)%Z with k by ring. rewrite IH. ring. }
  rewrite <- T. apply Rle_ge, Sum_le. intros j Hj. apply Rge_le, He, Hj.
Qed.

Theorem makes_sense : sense.
Proof.
  intros n e p Hn He. lia.
Qed.
