From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas rivals.
From ledger Require Import Statement.

(* the term traded in, j + 1 away, is larger than that traded for it, n - 1 - j away *)
Theorem holds : sentence.
Proof.
  intros beta j n theta Hn Hj Hm Hj' Hb H0 H1. pose proof PI_RGT_0. assert (2 <= IZR n) by (apply IZR_le; lia).
  assert (T : IZR n * theta <= 2 * PI).
  { replace (2 * PI) with (IZR n * (2 * PI / IZR n)) by (field; lra). apply Rmult_le_compat_l; lra. }
  assert (0 <= IZR j) by (apply IZR_le; lia). assert (2 * IZR j + 2 <= IZR n) by (rewrite <- mult_IZR, <- plus_IZR; apply IZR_le; lia).
  pose proof (step_to_middle n j (fun x => exp (beta * cos (theta * x))) ltac:(lia)) as E. cbv beta in E.
  assert (L : exp (beta * cos (theta * (IZR n - 1 - IZR j))) <= exp (beta * cos (theta * (- IZR j - 1)))).
  { apply exp_le, Rmult_le_compat_l; [lra|].
    replace (theta * (- IZR j - 1)) with (- (theta * (IZR j + 1))) by ring. rewrite cos_neg.
    apply cos_le_of_sines; apply sin_ge_0; nra. }
  assert (P : 0 < Sum 0 (n - 1) (fun t => exp (beta * cos (theta * (- IZR j + IZR t)))))
    by (apply Sum_pos; [lia|]; intros; apply exp_pos).
  apply Rmult_le_compat_l; [left; apply exp_pos|]. apply Rinv_le_contravar; lra.
Qed.

Theorem makes_sense : sense.
Proof.
  split; intros beta j n theta Hn *; [assert (2 <= IZR n) by (apply IZR_le; lia); lra|].
  intros. repeat split; [lia| |]; apply Rgt_not_eq, Sum_pos; try lia; intros; apply exp_pos.
Qed.
