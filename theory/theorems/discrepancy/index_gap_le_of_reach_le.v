From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros M theta HM. destruct (Least_attained 1 M (fun t => 1 - cos (theta * IZR t)) ltac:(lia)) as [t [Ht E]].
  cbv beta in E. rewrite E. apply (Least_le 1 (M + 1) (fun t => 1 - cos (theta * IZR t))). lia.
Qed.

Theorem makes_sense : sense.
Proof.
  intros M theta HM. lia.
Qed.
