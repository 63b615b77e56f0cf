From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

(* n >= 3/2 + pi / (theta A) says (2 n - 3) theta >= omega *)
Theorem holds : sentence.
Proof.
  intros A n theta Hn HA H0 H1 H2. apply retrieval_nonpos; try lia; try lra.
  assert (2 <= IZR A) by (apply IZR_le; lia).
  replace (2 * PI / IZR A) with (2 * (PI / (theta * IZR A)) * theta) by (field; lra).
  apply Rmult_le_compat_r; lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; try lra; assert (2 <= IZR A) by (apply IZR_le; lia); lra.
Qed.
