From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros A beta k n s theta b Hn HA Hb H. set (own := cos (theta * IZR s)) in *.
  set (other := fun u => cos (theta * IZR ((s + u) mod n) + 2 * PI * IZR k / IZR A)).
  assert (L : Sum 1 (n - 1) (fun u => b u * exp (beta * other u))
    <= exp (beta * own) * Sum 1 (n - 1) (fun u => exp (- beta * (own - other u)))).
  { rewrite <- Sum_scal. apply Sum_le. intros u Hu. specialize (Hb u Hu). rewrite <- exp_plus.
    replace (beta * own + - beta * (own - other u)) with (beta * other u) by ring.
    pose proof (exp_pos (beta * other u)). nra. }
  pose proof (exp_pos (beta * own)). unfold other in *. nra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; apply not_0_IZR; lia.
Qed.
