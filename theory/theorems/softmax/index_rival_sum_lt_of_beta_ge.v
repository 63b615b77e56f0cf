From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.

(* the term t away is at most exp (- 4/5 t^2) for 2 t <= n, and t^2 >= 3 t - 2: a geometric sum *)
Definition bound (t : Z) : R := exp (- (4 / 5 * (3 * IZR t - 2))).

Lemma term_le beta n t : (n >= 2)%Z -> beta >= IZR n ^ 2 / 10 -> (1 <= t)%Z -> (2 * t <= n)%Z ->
  exp (- beta * (1 - cos (2 * PI * IZR t / IZR n))) <= bound t.
Proof.
  intros Hn Hb Ht Hm. pose proof PI_RGT_0. assert (2 <= IZR n) by (apply IZR_le; lia).
  assert (1 <= IZR t) by (apply IZR_le; lia). assert (2 * IZR t <= IZR n) by (rewrite <- mult_IZR; apply IZR_le; lia).
  rewrite one_minus_cos. replace (2 * PI * IZR t / IZR n / 2) with (PI * (IZR t / IZR n)) by (field; lra).
  assert (E : IZR t = IZR t / IZR n * IZR n) by (field; lra). set (x := IZR t / IZR n) in *.
  assert (0 < x) by (apply Rdiv_lt_0_compat; lra). assert (x <= 1 / 2) by nra.
  pose proof (sin_ge_chord (PI * x) ltac:(nra)) as J. replace (2 / PI * (PI * x)) with (2 * x) in J by (field; lra).
  assert (4 * x ^ 2 <= sin (PI * x) ^ 2) by nra.
  apply exp_le. assert (IZR n ^ 2 / 10 * (8 * x ^ 2) <= beta * (2 * sin (PI * x) ^ 2)) by (apply Rmult_le_compat; nra).
  assert (0 <= (IZR t - 1) * (IZR t - 2)).
  { destruct (Z.eq_dec t 1) as [->|]; [lra|]. assert (2 <= IZR t) by (apply IZR_le; lia). nra. }
  replace (IZR n ^ 2 / 10 * (8 * x ^ 2)) with (4 / 5 * (x * IZR n) ^ 2) in * by field. rewrite <- E in *. nra.
Qed.

Theorem holds : sentence.
Proof.
  intros beta n Hn Hb. assert (2 <= IZR n) by (apply IZR_le; lia).
  assert (L : Sum 1 (n - 1) (fun t => exp (- beta * (1 - cos (2 * PI * IZR t / IZR n))))
    <= Sum 1 (n - 1) (fun t => bound t + bound (1 + (n - 1) - t))).
  { apply Sum_le. intros t Ht. pose proof (exp_pos (- (4 / 5 * (3 * IZR t - 2)))) as P1. fold (bound t) in P1.
    pose proof (exp_pos (- (4 / 5 * (3 * IZR (1 + (n - 1) - t) - 2)))) as P2. fold (bound (1 + (n - 1) - t)) in P2.
    destruct (Z_le_gt_dec (2 * t) n); [pose proof (term_le beta n t Hn Hb ltac:(lia) ltac:(lia)); lra|].
    pose proof (term_le beta n (1 + (n - 1) - t) Hn Hb ltac:(lia) ltac:(lia)) as T.
    replace (cos (2 * PI * IZR (1 + (n - 1) - t) / IZR n)) with (cos (2 * PI * IZR t / IZR n)) in T; [lra|].
    replace (1 + (n - 1) - t)%Z with (n - t)%Z by ring. rewrite minus_IZR.
    replace (2 * PI * (IZR n - IZR t) / IZR n) with (- (2 * PI * IZR t / IZR n) + 2 * PI * IZR 1) by (field; lra).
    rewrite cos_IZR, cos_neg. reflexivity. }
  rewrite Sum_plus, <- (Sum_reverse 1 (n - 1) bound) in L.
  assert (G : Sum 1 (n - 1) bound = exp (8 / 5) * Sum 1 (n - 1) (fun t => exp (- (12 / 5) * IZR t))).
  { rewrite <- Sum_scal. apply Sum_ext. intros t _. unfold bound. rewrite <- exp_plus. f_equal. field. }
  pose proof (Sum_geometric (12 / 5) (n - 1) ltac:(lia)) as S. set (g := Sum 1 (n - 1) (fun t => exp (- (12 / 5) * IZR t))) in *.
  pose proof (exp_pos (- (12 / 5) * (IZR (n - 1) + 1))).
  assert (2 * exp (8 / 5) * exp (- (12 / 5)) < 1 - exp (- (12 / 5))) by interval with (i_prec 30).
  assert (0 < 1 - exp (- (12 / 5))) by interval with (i_prec 30).
  pose proof (exp_pos (8 / 5)). assert (2 * exp (8 / 5) * g < 1); [|lra].
  apply Rmult_lt_reg_r with (1 - exp (- (12 / 5))); [lra|]. rewrite Rmult_assoc, S. nra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros beta n Hn Hb. split; [lia|]. intros. apply not_0_IZR. lia.
Qed.
