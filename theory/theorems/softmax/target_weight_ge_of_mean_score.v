From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas single_terms.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros d epsilon lambda n h s D0 D1 L0 H0 One Before After Mean. assert (D : (0 <= d <= n - 1)%Z) by lia.
  change (h d = - Sum 0 (d - 1) h - Sum (d + 1) (n - 1) h + 1) in One.
  assert (Total : Sum 0 (n - 1) h = 1) by (rewrite (Sum_split _ _ d) by exact D; lra).
  set (f := fun j => h j * (s d - s j) - lambda * h j).
  assert (F : - lambda * h d <= Sum 0 (n - 1) f).
  { rewrite (Sum_split _ _ d) by exact D. replace (f d) with (- lambda * h d) by (unfold f; ring).
    assert (forall j, (0 <= j <= n - 1)%Z -> s d - s j >= lambda -> 0 <= f j).
    { intros j Hj G. specialize (H0 j Hj). unfold f. replace (h j * (s d - s j) - lambda * h j) with
        (h j * (s d - s j - lambda)) by ring. apply Rmult_le_pos; lra. }
    assert (0 <= Sum 0 (d - 1) f) by (apply Sum_nonneg; intros j Hj; apply H; [lia|apply Before; lia]).
    assert (0 <= Sum (d + 1) (n - 1) f) by (apply Sum_nonneg; intros j Hj; apply H; [lia|apply After; lia]). lra. }
  unfold f in F. rewrite (Sum_ext _ _ _ (fun j => (s d - lambda) * h j - h j * s j)) in F by (intros; ring).
  rewrite Sum_minus, (Sum_scal _ _ _ h), Total in F.
  apply Rle_ge, Rmult_le_reg_l with lambda; [lra|].
  replace (lambda * (- (epsilon / lambda) + 1)) with (lambda - epsilon) by (field; lra). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; lra.
Qed.
