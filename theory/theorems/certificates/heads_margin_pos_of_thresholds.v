From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros H N Z t HH HZ HN HT.
  assert (P : 0 < Sum 1 H (fun h => N h / Z h - t h)).
  { apply Sum_pos; [lia|]. intros h Hh. specialize (HZ h Hh). specialize (HN h Hh).
    replace (N h / Z h - t h) with ((N h - Z h * t h) / Z h) by (field; lra). apply Rdiv_lt_0_compat; lra. }
  rewrite Sum_minus in P. change (Sum 1 H t >= 0) in HT. change (0 < Sum 1 H (fun h => N h / Z h) - Sum 1 H t) in P. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; [intros; lia|]. intros H N Z t HH HZ HN HT h Hh. apply Rgt_not_eq, HZ, Hh.
Qed.
