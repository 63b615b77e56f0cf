From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Section Terms.
Variables (beta lambda : R) (n : Z) (g : Z -> R).
Hypotheses (Hn : (n >= 2)%Z) (Hb : beta >= 0)
  (Hg : forall j : Z, (1 <= j <= n - 1)%Z -> g j >= lambda).
Let rest := Sum 1 (n - 1) (fun j => exp (- beta * g j)).

Lemma rest_pos : 0 < rest.
Proof. apply Sum_pos; [lia|]. intros. apply exp_pos. Qed.

Lemma rest_le : rest <= (IZR n - 1) * exp (- beta * lambda).
Proof.
  replace (IZR n - 1) with (IZR (n - 1) + 1 - 1) by (rewrite minus_IZR; ring).
  rewrite <- (Sum_const 1 (n - 1)) by lia. apply Sum_le. intros j Hj.
  destruct (Req_dec (- beta * g j) (- beta * lambda)) as [->|]; [lra|].
  left. apply exp_increasing. specialize (Hg j Hj). nra.
Qed.
End Terms.

Theorem holds : sentence.
Proof.
  intros beta lambda n g Hn Hb Hg. pose proof (rest_pos beta n g Hn). pose proof (rest_le beta lambda n g Hn Hb Hg).
  unfold Rdiv. rewrite !Rmult_1_l. apply Rle_ge, Rinv_le_contravar; lra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros beta lambda n g Hn Hb Hg. pose proof (rest_pos beta n g Hn). pose proof (rest_le beta lambda n g Hn Hb Hg).
  repeat split; lia || lra.
Qed.
