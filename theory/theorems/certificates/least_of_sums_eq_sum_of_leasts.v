From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros l m f g Hm Hl. apply Rle_antisym.
  - destruct (Least_attained 1 m (fun i => f i) ltac:(lia)) as [i [Hi ->]].
    destruct (Least_attained 1 l (fun k => g k) ltac:(lia)) as [k [Hk ->]].
    apply (Least_le_of _ _ _ i); [exact Hi|]. apply (Least_le_of _ _ _ k); [exact Hk|]. lra.
  - apply Least_ge; [lia|]. intros i Hi. apply Least_ge; [lia|]. intros k Hk.
    pose proof (Least_le 1 m (fun i => f i) i Hi). pose proof (Least_le 1 l (fun k => g k) k Hk). cbv beta in *. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; lia.
Qed.
