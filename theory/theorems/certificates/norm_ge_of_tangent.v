From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas Norms.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros m d x Hm HX. set (N := Z.to_nat m).
  pose proof (sqrt_Sum_squares m (fun i => d i + x i)) as E. pose proof (sqrt_Sum_squares m x) as F.
  assert (P : 0 < norm N (shifted x)) by (unfold N; rewrite <- F; apply sqrt_lt_R0; lra).
  cbv beta in E, F. rewrite E, F. fold N.
  assert (G : Sum 1 m (fun i => d i * x i) = dot N (shifted x) (shifted d)).
  { rewrite Sum_is_sum. apply sum_ext. intros i _. unfold shifted. ring. }
  rewrite G. pose proof (dot_le_norms N (shifted x) (shifted (fun i => d i + x i))) as C.
  change (shifted (fun i => d i + x i)) with (fun i => shifted d i + shifted x i) in *.
  rewrite dot_plus, <- (norm_sqr N (shifted x)) in C.
  apply Rle_ge, Rmult_le_reg_l with (norm N (shifted x)); [exact P|].
  replace (norm N (shifted x) * (dot N (shifted x) (shifted d) / norm N (shifted x) + norm N (shifted x)))
    with (dot N (shifted x) (shifted d) + norm N (shifted x) * norm N (shifted x)) by (field; lra). exact C.
Qed.

Theorem makes_sense : sense.
Proof.
  split; [intros; lia|]. intros m d x Hm HX. repeat split.
  - apply Sum_nonneg. intros. apply pow2_ge_0.
  - lra.
  - apply Rgt_not_eq, sqrt_lt_R0. lra.
Qed.
