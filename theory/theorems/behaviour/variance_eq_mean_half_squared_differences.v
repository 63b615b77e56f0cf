From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros n z Hn. assert (IZR n <> 0) by (apply not_0_IZR; lia).
  change (Sum 1 n (fun j => z j)) with (Sum 1 n z). set (s := Sum 1 n z). set (q := Sum 1 n (fun j => z j ^ 2)).
  assert (E : Sum 1 n (fun k => Sum 1 n (fun j => (z j - z k) ^ 2)) = 2 * IZR n * q - 2 * s ^ 2).
  { rewrite (Sum_ext 1 n _ (fun k => q + (IZR n * z k ^ 2 - 2 * s * z k))).
    - rewrite Sum_plus, Sum_const, Sum_minus, !Sum_scal by lia. fold s q. ring.
    - intros k _. rewrite (Sum_ext 1 n _ (fun j => z j ^ 2 + (z k ^ 2 - 2 * z k * z j))) by (intros; ring).
      rewrite Sum_plus, Sum_minus, Sum_const, Sum_scal by lia. fold s q. ring. }
  rewrite E. field. assumption.
Qed.

Theorem makes_sense : sense.
Proof.
  intros n z Hn. assert (IZR n <> 0) by (apply not_0_IZR; lia).
  repeat split; try lia; try apply pow_nonzero; assumption.
Qed.
