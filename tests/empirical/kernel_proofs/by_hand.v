(* The smallest network, worked out by hand: width 1, so that the last norm leaves its bias alone. *)
From Coq Require Import Lra Lia.
From ropeproof Require Import Verdicts.
Import ListNotations.
Open Scope Z_scope.
Definition block_by_hand : block :=
  {| ln_gain := [1]; ln_bias := [2]; q_proj := [[3]]; k_proj := [[4]]; v_proj := [[5]];
     out_proj := [[6]]; fc_in := [[7]]; fc_in_bias := [8]; fc_out := [[9]]; fc_out_bias := [10] |}.
Definition by_hand : gptj :=
  {| vocab := 2; width := 1; heads := 1; planes := 0; hidden := 1; bits := 1; eps_num := 1;
     eps_bits := 0; angles := None; wte := [[5]; [7]]; blocks := [block_by_hand];
     lnf_gain := [9]; lnf_bias := [4]; lm_head := [[3]; [6]]; lm_head_bias := [1; -3] |}.
Open Scope R_scope.
Lemma normed_by_hand s : layer_norm by_hand [9%Z] [4%Z] s 0 = 2.
Proof.
  unfold layer_norm. change (width by_hand) with 1%nat. unfold mean, sum, vect.
  change (bits by_hand) with 1%Z. cbn [INR nth].
  replace (s 0%nat - (s 0%nat + 0) / 1) with 0 by lra. unfold Rdiv. rewrite !Rmult_0_l.
  change (IZR (2 ^ 1)) with 2. lra.
Qed.
Theorem logits_by_hand n x : logit by_hand n x 0 = 7 / 2 /\ logit by_hand n x 1 = 9 / 2.
Proof.
  unfold logit, times, dot. change (width by_hand) with 1%nat. unfold sum.
  change (lnf_gain by_hand) with [9%Z]. change (lnf_bias by_hand) with [4%Z].
  rewrite normed_by_hand. unfold matr, vect. change (bits by_hand) with 1%Z.
  change (IZR (2 ^ 1)) with 2. cbn [by_hand lm_head lm_head_bias nth]. lra.
Qed.
Theorem answers_by_hand n x : answers by_hand n x 1 /\ beaten by_hand n x 0.
Proof.
  destruct (logits_by_hand n x) as [E0 E1]. split.
  - intros c Hc N. change (vocab by_hand) with 2%nat in Hc. replace c with 0%nat by lia. lra.
  - exists 1%nat. split; [cbn; lia|]. split; [discriminate|]. lra.
Qed.
