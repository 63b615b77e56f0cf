(* Multiples of real numbers near integers. *)
From Coq Require Import Reals ZArith Lia Lra Psatz Classical.
From ropeproof Require Import prelude lemmas.
Open Scope R_scope.

(* the Farey neighbours of order M around a real number *)
Lemma farey (alpha : R) (M : Z) : (1 <= M)%Z -> exists a b c d : Z,
  (1 <= b <= M /\ 1 <= d <= M /\ M + 1 <= b + d /\ b * c - a * d = 1)%Z /\
  IZR a <= alpha * IZR b /\ alpha * IZR d <= IZR c.
Proof.
  intros HM. pattern M. apply Zlt_lower_bound_ind with (z := 1%Z); [|exact HM]. clear M HM.
  intros M IH HM. destruct (Z.eq_dec M 1) as [->|N].
  - exists (Int_part alpha), 1%Z, (Int_part alpha + 1)%Z, 1%Z.
    pose proof (base_Int_part alpha) as [H1 H2]. rewrite plus_IZR. repeat split; try lia; lra.
  - destruct (IH (M - 1)%Z) as (a & b & c & d & (Hb & Hd & Hs & Hdet) & Ha & Hc); [lia|].
    destruct (Z_le_gt_dec (M + 1) (b + d)) as [L|L].
    + exists a, b, c, d. repeat split; lia || assumption.
    + destruct (Rle_dec (IZR (a + c)) (alpha * IZR (b + d))) as [E|E].
      * exists (a + c)%Z, (b + d)%Z, c, d. repeat split; lia || assumption.
      * exists a, b, (a + c)%Z, (b + d)%Z. repeat split; try lia; lra.
Qed.

(* Dirichlet *)
Lemma near_integer (alpha : R) (M : Z) : (1 <= M)%Z -> exists t p : Z,
  (1 <= t <= M)%Z /\ Rabs (IZR t * alpha - IZR p) <= / (IZR M + 1).
Proof.
  intros HM. destruct (farey alpha M HM) as (a & b & c & d & (Hb & Hd & Hs & Hdet) & Ha & Hc).
  apply IZR_eq in Hdet. rewrite minus_IZR, !mult_IZR in Hdet.
  assert (Sb : 1 <= IZR b) by (apply IZR_le; lia). assert (Sd : 1 <= IZR d) by (apply IZR_le; lia).
  assert (SM : IZR M + 1 <= IZR b + IZR d) by (rewrite <- !plus_IZR; apply IZR_le; lia).
  assert (S1 : 1 <= IZR M) by (apply IZR_le; lia).
  assert (Hr : / (IZR M + 1) * (IZR M + 1) = 1) by (apply Rinv_l; lra).
  set (r := / (IZR M + 1)) in *. assert (0 < r) by (apply Rinv_0_lt_compat; lra).
  destruct (Rle_dec (alpha * IZR b - IZR a) r) as [L|L].
  - exists b, a. split; [lia|]. rewrite Rabs_pos_eq; lra.
  - exists d, c. split; [lia|]. rewrite Rabs_left1 by lra.
    destruct (Rle_dec (IZR c - alpha * IZR d) r) as [L'|L']; [lra|exfalso].
    assert (IZR d * r < IZR d * (alpha * IZR b - IZR a)) by (apply Rmult_lt_compat_l; lra).
    assert (IZR b * r < IZR b * (IZR c - alpha * IZR d)) by (apply Rmult_lt_compat_l; lra).
    assert (r * (IZR M + 1) <= r * (IZR b + IZR d)) by (apply Rmult_le_compat_l; lra).
    lra.
Qed.

Lemma gap_le (M : Z) (theta : R) : (1 <= M)%Z -> exists t : Z,
  (1 <= t <= M)%Z /\ cos (2 * PI / (IZR M + 1)) <= cos (theta * IZR t).
Proof.
  intros HM. assert (1 <= IZR M) by (apply IZR_le; lia). pose proof PI_RGT_0.
  destruct (near_integer (theta / (2 * PI)) M) as (t & p & Ht & Hp); [lia|].
  exists t. split; [exact Ht|].
  replace (theta * IZR t) with (2 * PI * (IZR t * (theta / (2 * PI)) - IZR p) + 2 * PI * IZR p)
    by (field; lra).
  rewrite cos_IZR. apply cos_le_of_abs_le; unfold Rdiv.
  - rewrite Rabs_mult, (Rabs_pos_eq (2 * PI)) by lra. apply Rmult_le_compat_l; lra.
  - assert (/ (IZR M + 1) <= / 2) by (apply Rinv_le_contravar; lra). nra.
Qed.

Lemma nearest x : exists s : Z, Rabs (x - IZR s) <= 1 / 2.
Proof.
  exists (Int_part (x + 1 / 2)). pose proof (base_Int_part (x + 1 / 2)). apply Rabs_le. lra.
Qed.

Lemma pigeonhole (n : nat) (f : Z -> Z) :
  (forall t, (0 <= t <= Z.of_nat n)%Z -> (0 <= f t < Z.of_nat n)%Z) ->
  exists t u, (0 <= t < u /\ u <= Z.of_nat n)%Z /\ f t = f u.
Proof.
  revert f. induction n as [|n IH]; intros f H; [specialize (H 0%Z); lia|].
  rewrite Nat2Z.inj_succ in *. set (l := Z.succ (Z.of_nat n)) in *.
  destruct (classic (exists t, (0 <= t < l)%Z /\ f t = f l)) as [[t [Ht E]]|No].
  - exists t, l. split; [lia|exact E].
  - assert (Ne : forall t, (0 <= t < l)%Z -> f t <> f l) by (intros t Ht E; apply No; exists t; tauto).
    destruct (IH (fun t => if (f t =? Z.of_nat n)%Z then f l else f t)) as (t & u & Htu & E).
    + intros t Ht. pose proof (H t ltac:(lia)). pose proof (H l ltac:(lia)). specialize (Ne t ltac:(lia)).
      destruct (Z.eqb_spec (f t) (Z.of_nat n)); lia.
    + exists t, u. split; [lia|]. pose proof (Ne t ltac:(lia)). pose proof (Ne u ltac:(lia)).
      destruct (Z.eqb_spec (f t) (Z.of_nat n)); destruct (Z.eqb_spec (f u) (Z.of_nat n)); congruence.
Qed.

(* ---- boxes on the circle *)
Section Digits.
Variables (N : Z).
Hypothesis HN : (2 <= N)%Z.

Definition digit (x : R) : Z := Int_part ((x - IZR (Int_part x)) * IZR N).

Lemma digit_range x : (0 <= digit x < N)%Z /\ IZR (digit x) <= (x - IZR (Int_part x)) * IZR N < IZR (digit x) + 1.
Proof.
  unfold digit. pose proof (base_Int_part x). assert (2 <= IZR N) by (apply IZR_le; lia).
  pose proof (base_Int_part ((x - IZR (Int_part x)) * IZR N)).
  repeat split; try lra; [|apply lt_IZR; nra].
  assert (-1 < Int_part ((x - IZR (Int_part x)) * IZR N))%Z; [|lia]. apply lt_IZR. nra.
Qed.

End Digits.
