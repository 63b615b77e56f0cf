From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

(* with c = cos alpha cos beta, 1 + cos 2 alpha >= 2 c^2 >= 4 c mu - 2 mu^2; sum over the swaps, at
   the mean mu of c *)
Theorem holds : sentence.
Proof.
  intros n alpha beta w Hn HW. set (W := Sum 1 n (fun s => w s ^ 2)) in *.
  set (C := Sum 1 n (fun s => w s ^ 2 * (cos (alpha s) * cos (beta s)))).
  set (D := Sum 1 n (fun s => w s ^ 2 * cos (alpha s - beta s))).
  set (S := Sum 1 n (fun s => w s ^ 2 * cos (alpha s + beta s))).
  assert (E : D + S = 2 * C).
  { unfold D, S, C. rewrite <- Sum_plus, <- Sum_scal. apply Sum_ext. intros s _. rewrite cos_minus, cos_plus. ring. }
  replace (D / (2 * W) + S / (2 * W)) with (C / W) by (field_simplify_eq; lra).
  assert (M : C = C / W * W) by (field; lra). set (mu := C / W) in *.
  assert (L : 4 * mu * C - (2 * mu ^ 2 + 1) * W <= Sum 1 n (fun s => w s ^ 2 * cos (2 * alpha s))).
  { unfold C, W. rewrite <- !Sum_scal, <- Sum_minus. apply Sum_le. intros s _. rewrite cos_2a_cos.
    set (a := cos (alpha s)). set (b := cos (beta s)).
    assert (b ^ 2 <= 1) by (unfold b; pose proof (circle (beta s)); nra). pose proof (pow2_ge_0 (a * b - mu)).
    assert (0 <= a ^ 2 * (1 - b ^ 2)) by (apply Rmult_le_pos; nra).
    assert (0 <= w s ^ 2 * (2 * a * a - 1 - (4 * mu * (a * b) - (2 * mu ^ 2 + 1)))); [|nra].
    apply Rmult_le_pos; nra. }
  apply Rle_ge, Rmult_le_reg_r with W; [lra|]. unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l by lra. nra.
Qed.

Theorem makes_sense : sense.
Proof. repeat split; intros; lia || lra. Qed.
