From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

(* half the square of a_jj - a_kk = (a_jj - a_jk) + (a_jk - a_kk) is at most two squared defects *)
Theorem holds : sentence.
Proof.
  intros n a Hn. assert (N : 1 <= IZR n) by (apply IZR_le; lia).
  pose proof (spread n (fun j => a j j) ltac:(lia)) as E.
  set (q := Sum 1 n (fun j => a j j ^ 2)) in *. set (s := Sum 1 n (fun j => a j j)) in *.
  match goal with |- _ <= ?D / _ => assert (L : IZR n * q - s ^ 2 <= D) end.
  { rewrite <- E. rewrite <- (double_sum_plus_swap 1 n (fun j k => (- a j j + a j k) ^ 2) (fun j k => (- a j j + a k j) ^ 2)).
    apply Sum_le. intros k _. apply Sum_le. intros j _. pose proof (pow2_ge_0 (a j j + a k k - 2 * a j k)). nra. }
  replace (q / IZR n - s ^ 2 / IZR n ^ 2) with ((IZR n * q - s ^ 2) / IZR n ^ 2) by (field; lra).
  apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; nra|exact L].
Qed.

Theorem makes_sense : sense.
Proof.
  intros n a Hn. assert (1 <= IZR n) by (apply IZR_le; lia). repeat split; intros; try lia; try apply pow_nonzero; lra.
Qed.
