From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros H n V mu w HH Hn HZ. set (Z0 := Sum 1 n (fun t => w 0%Z t)). assert (P0 : Z0 > 0) by (apply HZ; lia).
  set (M := Sum 1 H (fun h => mu h)).
  rewrite (Sum_plus 1 n (fun t => (V 0%Z t + M) * w 0%Z t)), (Sum_swap 1 n 1 H).
  rewrite (Sum_ext 1 H _ (fun h => Z0 * (Sum 1 n (fun t => V h t * w h t) / Sum 1 n (fun t => w h t)) - Z0 * mu h)).
  - rewrite (Sum_minus 1 H), !Sum_scal. fold M.
    rewrite (Sum_ext 1 n _ (fun t => V 0%Z t * w 0%Z t + M * w 0%Z t)) by (intros; ring).
    rewrite Sum_plus, Sum_scal. rewrite (Sum_first 0 H) by lia. fold Z0. change (0 + 1)%Z with 1%Z.
    change (Sum 1 n (w 0%Z)) with Z0. change (Sum 1 H mu) with M. field. lra.
  - intros h Hh. specialize (HZ h ltac:(lia)). set (Zh := Sum 1 n (fun t => w h t)) in *.
    rewrite (Sum_ext 1 n _ (fun t => Z0 / Zh * (V h t * w h t) - Z0 / Zh * mu h * w h t)) by (intros; field; lra).
    rewrite Sum_minus, !Sum_scal. change (Sum 1 n (w h)) with Zh. field. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; apply Rgt_not_eq; match goal with H : forall h, _ -> Sum _ _ _ > 0 |- _ => apply H; lia end.
Qed.
