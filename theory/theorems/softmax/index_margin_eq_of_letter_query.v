From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros b n theta Hn. rewrite Sum_first, Z.add_0_l, Rmult_0_r, cos_0, Rmult_1_r by lia.
  set (T := Sum 1 (n - 1) (fun t => exp (- b * (1 - cos (theta * IZR t))))).
  assert (E : Sum 1 (n - 1) (fun t => exp (b * cos (theta * IZR t))) = exp b * T).
  { unfold T. rewrite <- Sum_scal. apply Sum_ext. intros t _. rewrite <- exp_plus. f_equal. ring. }
  assert (0 <= T) by (apply Sum_nonneg; intros; left; apply exp_pos). pose proof (exp_pos b).
  rewrite E. field. split; [lra|]. nra.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. intros b n theta Hn. assert (0 < Sum 0 (n - 1) (fun t => exp (b * cos (theta * IZR t)))) by (apply Sum_pos; [lia|intros; apply exp_pos]).
  assert (0 <= Sum 1 (n - 1) (fun t => exp (- b * (1 - cos (theta * IZR t))))) by (apply Sum_nonneg; intros; left; apply exp_pos).
  repeat split; lia || lra.
Qed.
