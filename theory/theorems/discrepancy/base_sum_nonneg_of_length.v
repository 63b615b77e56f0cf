From Coq Require Import Lia Lra Psatz List.
From ropeproof Require Import prelude lemmas balls.
From ledger Require Import Statement.
Import ListNotations.

(* The kernel computes a lower bound of B_m for all m of a block at once. Angles are counted in turns:
   T / 2^60 is the angle of a plane, a word of 15 bits the phase at the middle of the block, and a
   tree of 2^15 leaves holds 1 + cos of each word, in units of 2^-18. A plane loses at most the
   rounding and its angle times half the block. A block that is not decided is halved. *)

(* ---- what is computed *)
Inductive tree := Leaf (value : Z) | Node (even odd : tree).

(* the leaf at the sum of two words, lowest bits first *)
Fixpoint look (t : tree) (x y : list bool) (carry : bool) : Z :=
  match t with
  | Leaf v => v
  | Node l r =>
    match x, y with
    | true :: x', true :: y' => look (if carry then r else l) x' y' true
    | false :: x', false :: y' => look (if carry then r else l) x' y' false
    | _ :: x', _ :: y' => if carry then look l x' y' true else look r x' y' false
    | _, _ => 0%Z
    end
  end.

(* leaves by turning (c, d), scaled by 2^30, for each bit that is set *)
Fixpoint build (turns : list (Z * Z)) (c d : Z) : tree :=
  match turns with
  | [] => Leaf (Z.shiftr c 12 + 262143)
  | (C, D) :: rest =>
    Node (build rest c d) (build rest (Z.shiftr (C * c - D * d) 30) (Z.shiftr (C * d + D * c) 30))
  end.

Fixpoint word (bits : nat) (z : Z) : list bool :=
  match bits with O => [] | S k => Z.odd z :: word k (Z.div2 z) end.

Definition phase (m T : Z) : list bool := word 15 (Z.shiftr (m * T + 17592186044416) 45).
Definition phases (Ts : list Z) (m : Z) : list (list bool) := map (phase m) Ts.

(* units of 2^-18 that a plane may lose over h positions to either side *)
Definition loss (h T : Z) : Z := 54 + Z.shiftr (T * h * 1647100) 60.

Fixpoint total (t : tree) (xs ys : list (list bool)) (losses : list Z) (sum : Z) : Z :=
  match xs, ys, losses with
  | x :: xs', y :: ys', l :: ls => total t xs' ys' ls (sum + Z.max 0 (look t x y false - l))
  | _, _, _ => sum
  end.

Inductive block := Tip (middle : list (list bool)) | Fork (middle : list (list bool)) (lower upper : block).

(* the positions r, ..., r + 2^k - 1 *)
Fixpoint block_at (Ts : list Z) (k : nat) (r : Z) : block :=
  match k with
  | O => Tip (phases Ts r)
  | S j => let half := (2 ^ Z.of_nat j)%Z in
    Fork (phases Ts (r + half)) (block_at Ts j r) (block_at Ts j (r + half))
  end.

Fixpoint scan (t : tree) (a : list (list bool)) (losses : list (list Z)) (b : block) : bool :=
  match b, losses with
  | Tip w, l :: _ => (16777216 <=? total t a w l 0)%Z
  | Fork w lower upper, l :: rest =>
    if (16777216 <=? total t a w l 0)%Z then true
    else if scan t a rest lower then scan t a rest upper else false
  | _, _ => false
  end.

Fixpoint powers (n : nat) (T Q : Z) : list Z :=
  match n with O => [] | S k => T :: powers k (Z.shiftr (T * Q) 60) Q end.

Fixpoint halves (k : nat) (Ts : list Z) : list (list Z) :=
  match k with
  | O => [map (loss 0) Ts]
  | S j => map (loss (2 ^ Z.of_nat j)) Ts :: halves j Ts
  end.

Definition good (t : tree) (Ts : list Z) (coarse fine : nat) : bool :=
  let losses := halves 4 Ts in
  let blocks := map (fun k => block_at Ts 4 (Z.of_nat k * 16)) (seq 0 fine) in
  forallb (fun k => let a := phases Ts (Z.of_nat (k * fine) * 16) in forallb (scan t a losses) blocks)
    (seq 0 coarse).

(* ---- the tree *)
Fixpoint value (w : list bool) : Z := match w with [] => 0 | b :: rest => Z.b2z b + 2 * value rest end.

Lemma length_word n : forall z, length (word n z) = n.
Proof. induction n as [|n IH]; intros z; [reflexivity|]. simpl. rewrite IH. reflexivity. Qed.

Lemma value_word n : forall z, exists k, (z = value (word n z) + 2 ^ Z.of_nat n * k)%Z.
Proof.
  induction n as [|n IH]; intros z; [exists z; cbn [word value]; rewrite Z.pow_0_r; ring|].
  destruct (IH (Z.div2 z)) as [k E]. exists k. cbn [word value]. rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia.
  pose proof (Z.div2_odd z). lia.
Qed.

Lemma shiftr_bounds z n : (0 <= n)%Z -> IZR (Z.shiftr z n) * IZR (2 ^ n) <= IZR z < (IZR (Z.shiftr z n) + 1) * IZR (2 ^ n).
Proof.
  intros Hn. rewrite Z.shiftr_div_pow2 by exact Hn. assert (P : (0 < 2 ^ n)%Z) by (apply Z.pow_pos_nonneg; lia).
  pose proof (Z.mod_pos_bound z _ P). pose proof (Z.div_mod z (2 ^ n) ltac:(lia)).
  rewrite <- plus_IZR, <- !mult_IZR. split; [apply IZR_le|apply IZR_lt]; lia.
Qed.

Definition P : R := 1073741824.
Definition near (E x : R) (z : Z) : Prop := Rabs (IZR z - P * x) <= E.

Lemma turn_bound c s e f E : s * s + c * c = 1 -> Rabs e <= E -> Rabs f <= E -> Rabs (c * e - s * f) <= 3 / 2 * E.
Proof.
  intros C He Hf. apply Rabs_def2_le in He. apply Rabs_def2_le in Hf.
  assert (N : (c * e - s * f) ^ 2 + (c * f + s * e) ^ 2 = e ^ 2 + f ^ 2)
    by (transitivity ((s * s + c * c) * (e ^ 2 + f ^ 2)); [ring|rewrite C; ring]).
  assert (e ^ 2 <= E ^ 2) by nra. assert (f ^ 2 <= E ^ 2) by nra. pose proof (pow2_ge_0 (c * f + s * e)).
  set (x := c * e - s * f) in *. apply Rabs_le. split; nra.
Qed.

Lemma turned E c s a b C D c' d' x : s * s + c * c = 1 -> 0 <= E <= 4096 -> -1 <= a <= 1 -> -1 <= b <= 1 ->
  near 1 c C -> near 1 s D -> near E a c' -> near E b d' -> x = c * a - s * b ->
  near (3 / 2 * E + 4) x (Z.shiftr (C * c' - D * d') 30).
Proof.
  unfold near. intros U HE Ha Hb HC HD Hc Hd ->. pose proof (turn_bound c s _ _ E U Hc Hd) as T.
  pose proof (shiftr_bounds (C * c' - D * d') 30 ltac:(lia)) as S. rewrite minus_IZR, !mult_IZR in S.
  change (IZR (2 ^ 30)) with P in S. set (z := IZR (Z.shiftr _ _)) in *.
  apply Rabs_def2_le in HC. apply Rabs_def2_le in HD. apply Rabs_def2_le in Hc. apply Rabs_def2_le in Hd. apply Rabs_def2_le in T.
  set (e := IZR c' - P * a) in *. set (f := IZR d' - P * b) in *. set (g := IZR C - P * c) in *. set (h := IZR D - P * s) in *.
  assert (X : IZR C * IZR c' - IZR D * IZR d' = P * (P * (c * a - s * b) + (c * e - s * f)) + (g * IZR c' - h * IZR d'))
    by (unfold e, f, g, h; ring).
  assert (Bc : - (P + 4096) <= IZR c' <= P + 4096) by (unfold e, P in *; lra).
  assert (Bd : - (P + 4096) <= IZR d' <= P + 4096) by (unfold f, P in *; lra).
  assert (Y : - (2 * (P + 4096)) <= g * IZR c' - h * IZR d' <= 2 * (P + 4096)) by (split; nra).
  rewrite X in S. unfold P in *. apply Rabs_le. lra.
Qed.

(* each turn of the list is right, by twice the angle of the one before, up to a whole turn *)
Fixpoint right_turns (delta : R) (turns : list (Z * Z)) : Prop :=
  match turns with
  | [] => delta = 2 * PI
  | (C, D) :: rest => near 1 (cos delta) C /\ near 1 (sin delta) D /\ right_turns (2 * delta) rest
  end.

Fixpoint grown (n : nat) (E : R) : R := match n with O => E | S k => grown k (3 / 2 * E + 4) end.

Lemma grown_monotone n : forall E F, E <= F -> grown n E <= grown n F.
Proof. induction n as [|n IH]; intros E F H; simpl; [exact H|apply IH; lra]. Qed.

Lemma grown_ge n : forall E, 0 <= E -> E <= grown n E.
Proof. induction n as [|n IH]; intros E H; simpl; [lra|]. apply Rle_trans with (3 / 2 * E + 4); [lra|apply IH; lra]. Qed.

Lemma look_le turns : forall delta phi c d E x y (carry : bool),
  right_turns delta turns -> length x = length turns -> length y = length turns ->
  0 <= E -> grown (length turns) E <= 4096 -> near E (cos phi) c -> near E (sin phi) d ->
  IZR (look (build turns c d) x y carry)
  <= 262144 * (1 + cos (phi + delta * IZR (value x + value y + Z.b2z carry))).
Proof.
  induction turns as [|[C D] rest IH]; intros delta phi c d E x y carry Ht Hx Hy HE HG Hc Hd.
  - destruct x; [|discriminate]. destruct y; [|discriminate]. cbn [build look value]. simpl in Ht. subst delta.
    rewrite cos_IZR, plus_IZR. pose proof (shiftr_bounds c 12 ltac:(lia)) as S. change (IZR (2 ^ 12)) with 4096 in S.
    apply Rabs_def2_le in Hc. simpl in HG. unfold P in Hc. lra.
  - destruct Ht as (HC & HD & Hr). destruct x as [|bx x]; [discriminate|]. destruct y as [|b y]; [discriminate|].
    injection Hx as Hx. injection Hy as Hy. cbn [length grown] in HG.
    pose proof (COS_bound phi). pose proof (SIN_bound phi). pose proof (grown_ge (length rest) (3 / 2 * E + 4) ltac:(lra)).
    assert (L : forall k : bool, IZR (look (build rest c d) x y k) <= 262144 * (1 + cos (phi + 2 * delta * IZR (value x + value y + Z.b2z k)))).
    { intros k. apply IH with E; try assumption. eapply Rle_trans; [apply grown_monotone with (F := 3 / 2 * E + 4); lra|exact HG]. }
    assert (G : forall k : bool, IZR (look (build rest (Z.shiftr (C * c - D * d) 30) (Z.shiftr (C * d + D * c) 30)) x y k)
      <= 262144 * (1 + cos (phi + delta + 2 * delta * IZR (value x + value y + Z.b2z k)))).
    { intros k. apply IH with (3 / 2 * E + 4); try assumption; [lra| |].
      - apply (turned E (cos delta) (sin delta) (cos phi) (sin phi)); try assumption; [apply circle|lra|].
        rewrite (Rplus_comm phi), cos_plus. reflexivity.
      - replace (C * d + D * c)%Z with (C * d - D * - c)%Z by ring.
        apply (turned E (cos delta) (sin delta) (sin phi) (- cos phi)); try assumption; [apply circle|lra|lra| |].
        + unfold near in *. rewrite opp_IZR. replace (- IZR c - P * - cos phi) with (- (IZR c - P * cos phi)) by ring.
          rewrite Rabs_Ropp. exact Hc.
        + rewrite (Rplus_comm phi), sin_plus. ring. }
    assert (A : forall s k : bool, (Z.b2z bx + Z.b2z b + Z.b2z carry = Z.b2z s + 2 * Z.b2z k)%Z ->
      phi + delta * IZR (value (bx :: x) + value (b :: y) + Z.b2z carry)
      = phi + delta * IZR (Z.b2z s) + 2 * delta * IZR (value x + value y + Z.b2z k)).
    { intros s k H'. cbn [value].
      replace (Z.b2z bx + 2 * value x + (Z.b2z b + 2 * value y) + Z.b2z carry)%Z
        with (Z.b2z s + 2 * (value x + value y + Z.b2z k))%Z by lia.
      rewrite plus_IZR, mult_IZR. ring. }
    cbn [build look].
    destruct bx, b, carry.
    + rewrite (A true true eq_refl), Rmult_1_r. apply G.
    + rewrite (A false true eq_refl), Rmult_0_r, Rplus_0_r. apply L.
    + rewrite (A false true eq_refl), Rmult_0_r, Rplus_0_r. apply L.
    + rewrite (A true false eq_refl), Rmult_1_r. apply G.
    + rewrite (A false true eq_refl), Rmult_0_r, Rplus_0_r. apply L.
    + rewrite (A true false eq_refl), Rmult_1_r. apply G.
    + rewrite (A true false eq_refl), Rmult_1_r. apply G.
    + rewrite (A false false eq_refl), Rmult_0_r, Rplus_0_r. apply L.
Qed.

(* ---- the angles of a plane *)
Lemma phase_near m T : exists k : Z,
  Rabs (IZR m * IZR T * (2 * PI / 2 ^ 60) - 2 * PI / 2 ^ 15 * IZR (value (phase m T)) - 2 * PI * IZR k) <= PI / 2 ^ 15.
Proof.
  unfold phase. set (n := Z.shiftr (m * T + 17592186044416) 45). destruct (value_word 15 n) as [k E]. exists k.
  pose proof (shiftr_bounds (m * T + 17592186044416) 45 ltac:(lia)) as S. fold n in S.
  rewrite plus_IZR, mult_IZR in S. change (IZR (2 ^ 45)) with 35184372088832 in S.
  apply IZR_eq in E. rewrite plus_IZR, mult_IZR in E. change (IZR (2 ^ Z.of_nat 15)) with 32768 in E.
  pose proof PI_RGT_0. set (v := IZR (value (word 15 n))) in *.
  replace (IZR m * IZR T * (2 * PI / 2 ^ 60) - 2 * PI / 2 ^ 15 * v - 2 * PI * IZR k)
    with (PI / 2 ^ 15 * ((IZR m * IZR T - 35184372088832 * IZR n) / 17592186044416))
    by (rewrite E; field).
  rewrite Rabs_mult, (Rabs_pos_eq (PI / 2 ^ 15)) by lra.
  rewrite <- (Rmult_1_r (PI / 2 ^ 15)) at 2. apply Rmult_le_compat_l; [lra|]. apply Rabs_le. lra.
Qed.

Lemma scaled x y b c : 0 <= x <= c -> Rabs y <= b -> Rabs (x * y) <= c * b.
Proof.
  intros Hx Hy. rewrite Rabs_mult, (Rabs_pos_eq x) by lra.
  apply Rmult_le_compat; [lra|apply Rabs_pos|lra|exact Hy].
Qed.

Lemma pi_below : PI < 31415927 / 10000000.
Proof. interval with (i_prec 40). Qed.

Section Plane.
Variables (turns : list (Z * Z)) (a r h m T : Z) (w : R).
Hypotheses (Hturns : right_turns (2 * PI / 2 ^ 15) turns) (Hlen : length turns = 15%nat)
  (Hc : (0 <= a + r <= 131072)%Z) (Hm : (Z.abs (m - (a + r)) <= h)%Z) (Hh : (h <= 8)%Z)
  (Hw : 0 <= w) (H0 : (0 <= T)%Z) (HT : Rabs (IZR T * (2 * PI / 2 ^ 60) - w) <= 1 / 900000000000).

Lemma plane_le : IZR (Z.max 0 (look (build turns 1073741824 0) (phase a T) (phase r T) false - loss h T))
  <= 262144 * (1 + cos (IZR m * w)).
Proof.
  pose proof (COS_bound (IZR m * w)). destruct (Z.max_spec 0 (look (build turns 1073741824 0) (phase a T) (phase r T) false - loss h T)) as [[_ ->]|[_ ->]]; [|lra].
  rewrite minus_IZR. unfold loss. rewrite plus_IZR.
  pose proof (shiftr_bounds (T * h * 1647100) 60 ltac:(lia)) as S. rewrite !mult_IZR in S. change (IZR (2 ^ 60)) with 1152921504606846976 in S.
  set (lost := IZR (Z.shiftr _ 60)) in *.
  pose proof (look_le turns (2 * PI / 2 ^ 15) 0 1073741824 0 0 (phase a T) (phase r T) false Hturns) as L.
  rewrite Hlen in L. specialize (L (length_word 15 _) (length_word 15 _) ltac:(lra) ltac:(simpl; lra)).
  rewrite cos_0, sin_0, Rplus_0_l in L. unfold near, P in L.
  specialize (L ltac:(rewrite Rmult_1_r, Rminus_diag_eq, Rabs_R0; lra) ltac:(rewrite Rmult_0_r, Rminus_0_r, Rabs_R0; lra)).
  rewrite Z.add_0_r, plus_IZR in L.
  destruct (phase_near a T) as [k Hk]. destruct (phase_near r T) as [j Hj].
  set (u := 2 * PI / 2 ^ 15) in *. set (va := IZR (value (phase a T))) in *. set (vr := IZR (value (phase r T))) in *.
  pose proof (cos_lipschitz (u * (va + vr) + 2 * PI * IZR (k + j)) (IZR m * w)) as C. rewrite cos_IZR in C.
  assert (0 <= IZR h) by (apply IZR_le; lia). assert (IZR h <= 8) by (apply IZR_le; lia).
  assert (M : Rabs (IZR m - (IZR a + IZR r)) <= IZR h) by (rewrite <- plus_IZR, <- minus_IZR, <- abs_IZR; apply IZR_le, Hm).
  assert (0 <= IZR a + IZR r <= 131072) by (rewrite <- plus_IZR; split; apply IZR_le; lia).
  assert (B : Rabs (u * (va + vr) + 2 * PI * IZR (k + j) - IZR m * w)
    <= 2 * (PI / 2 ^ 15) + 131072 * (1 / 900000000000) + IZR h * w).
  { assert (B3 : Rabs ((IZR a + IZR r) * (IZR T * (2 * PI / 2 ^ 60) - w)) <= 131072 * (1 / 900000000000))
      by (rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; [rewrite Rabs_pos_eq; lra|exact HT]).
    assert (B4 : Rabs ((IZR m - (IZR a + IZR r)) * w) <= IZR h * w)
      by (rewrite Rabs_mult, (Rabs_pos_eq w) by exact Hw; apply Rmult_le_compat_r; assumption).
    apply Rabs_def2_le in Hk. apply Rabs_def2_le in Hj. apply Rabs_def2_le in B3. apply Rabs_def2_le in B4.
    rewrite plus_IZR. apply Rabs_le. lra. }
  apply Rabs_def2_le in C. apply Rabs_def2_le in HT.
  assert (Q : 262144 * (2 * (PI / 2 ^ 15) + 131072 * (1 / 900000000000) + IZR h * w) <= 54 + lost).
  { pose proof pi_below. assert (X : IZR h * w <= IZR h * (IZR T * (2 * PI / 2 ^ 60) + 1 / 900000000000)) by (apply Rmult_le_compat_l; lra).
    assert (Y : IZR h * (1 / 900000000000) <= 8 * (1 / 900000000000)) by (apply Rmult_le_compat_r; lra).
    assert (0 <= IZR T) by (apply IZR_le; exact H0). assert (0 <= IZR T * IZR h) by (apply Rmult_le_pos; assumption).
    assert (Z : IZR T * IZR h * (262144 * (2 * PI)) <= IZR T * IZR h * 1647100) by (apply Rmult_le_compat_l; lra).
    replace (262144 * (2 * (PI / 2 ^ 15) + 131072 * (1 / 900000000000) + IZR h * w))
      with (16 * PI + 262144 * 131072 / 900000000000 + 262144 * (IZR h * w)) by field.
    apply Rle_trans with (16 * PI + 262144 * 131072 / 900000000000
      + (IZR T * IZR h * 1647100 / 1152921504606846976 + 262144 * (8 * (1 / 900000000000)))); [|lra].
    apply Rplus_le_compat_l. apply Rle_trans with (262144 * (IZR h * (IZR T * (2 * PI / 2 ^ 60) + 1 / 900000000000))); [lra|].
    replace (262144 * (IZR h * (IZR T * (2 * PI / 2 ^ 60) + 1 / 900000000000)))
      with (IZR T * IZR h * (262144 * (2 * PI)) / 1152921504606846976 + 262144 * (IZR h * (1 / 900000000000))) by field.
    lra. }
  lra.
Qed.
End Plane.

(* ---- sums over the planes of one base *)
Section Base.
Variables (turns : list (Z * Z)) (q ell : R) (T0 Q : Z).
Hypotheses (Hturns : right_turns (2 * PI / 2 ^ 15) turns) (Hlen : length turns = 15%nat)
  (Hq : 0 < q < 1) (HQ : Rabs (IZR Q - 2 ^ 60 * q) <= 1) (HT0 : Rabs (IZR T0 - 2 ^ 60 / (2 * PI)) <= 1)
  (Hell : forall i, (0 <= i <= 63)%Z -> Rabs (exp (- (ell * IZR i / 64)) - q ^ Z.to_nat i) <= 1 / 1000000000000).

Let wave (m : Z) (i : Z) : R := cos (IZR m * exp (- (ell * IZR i / 64))).
Definition counted (i : Z) (T : Z) : Prop :=
  (0 <= T)%Z /\ Rabs (IZR T - 2 ^ 60 / (2 * PI) * q ^ Z.to_nat i) <= 2 * IZR i + 1.

Lemma counted_next i T : (0 <= i <= 63)%Z -> counted i T -> counted (i + 1) (Z.shiftr (T * Q) 60).
Proof.
  intros Hi [H0 H]. pose proof (shiftr_bounds (T * Q) 60 ltac:(lia)) as F. rewrite mult_IZR in F.
  change (IZR (2 ^ 60)) with 1152921504606846976 in F. pose proof PI_RGT_0. pose proof PI2_1.
  pose proof HQ as HQ'. apply Rabs_def2_le in HQ. assert (Q0 : (0 <= Q)%Z) by (assert (-1 < Q)%Z; [apply lt_IZR; lra|lia]).
  split; [apply Z.shiftr_nonneg; lia|].
  replace (Z.to_nat (i + 1)) with (S (Z.to_nat i)) by lia. rewrite plus_IZR.
  change (q ^ S (Z.to_nat i)) with (q * q ^ Z.to_nat i).
  assert (X : 0 <= q ^ Z.to_nat i <= 1).
  { split; [apply pow_le; lra|]. rewrite <- (pow1 (Z.to_nat i)). apply pow_incr. lra. }
  set (x := q ^ Z.to_nat i) in *.
  assert (U : 0 <= 2 ^ 60 / (2 * PI) <= 2 ^ 60 / 4).
  { split; [apply Rlt_le, Rdiv_lt_0_compat; lra|]. apply Rmult_le_compat_l; [lra|]. apply Rinv_le_contravar; lra. }
  set (s := 2 ^ 60 / (2 * PI)) in *. assert (0 <= IZR i <= 63) by (split; apply IZR_le; lia).
  assert (V : 0 <= IZR T) by (apply IZR_le; exact H0). assert (s * x <= s * 1) by (apply Rmult_le_compat_l; lra).
  pose proof (scaled q (IZR T - s * x) (2 * IZR i + 1) 1 ltac:(lra) H) as E1. apply Rabs_def2_le in H, E1.
  pose proof (scaled (IZR T) (IZR Q - 2 ^ 60 * q) 1 1152921504606846976 ltac:(lra) HQ') as E2. apply Rabs_def2_le in E2.
  replace (2 ^ 60) with 1152921504606846976 in E2 by ring. apply Rabs_le. split; lra.
Qed.

Lemma total_le m a r h n : (0 <= a + r <= 131072)%Z -> (Z.abs (m - (a + r)) <= h)%Z -> (h <= 8)%Z ->
  forall i T sum, (0 <= i)%Z -> (i + Z.of_nat n <= 64)%Z -> counted i T ->
  IZR (total (build turns 1073741824 0) (phases (powers n T Q) a) (phases (powers n T Q) r) (map (loss h) (powers n T Q)) sum)
  <= IZR sum + 262144 * (INR n + Sum i (i + Z.of_nat n - 1) (wave m)).
Proof.
  intros Hc Hm Hh. induction n as [|n IH]; intros i T sum Hi Hn HT.
  - cbn [powers phases map total]. unfold Sum. replace (Z.to_nat (i + Z.of_nat 0 - 1 + 1 - i)) with O by lia. simpl. lra.
  - unfold phases in *. cbn [powers map total]. rewrite Sum_first by lia.
    eapply Rle_trans; [apply (IH (i + 1)%Z); [lia|lia|apply counted_next; [lia|exact HT]]|].
    replace (i + 1 + Z.of_nat n - 1)%Z with (i + Z.of_nat (S n) - 1)%Z by lia.
    destruct HT as [H0 HT]. rewrite plus_IZR, S_INR.
    pose proof (plane_le turns a r h m T (exp (- (ell * IZR i / 64))) Hturns Hlen Hc Hm Hh ltac:(left; apply exp_pos) H0) as L.
    fold (wave m i) in L. enough (E : Rabs (IZR T * (2 * PI / 2 ^ 60) - exp (- (ell * IZR i / 64))) <= 1 / 900000000000)
      by (specialize (L E); lra).
    pose proof PI_RGT_0. pose proof pi_below. specialize (Hell i ltac:(lia)).
    apply Rabs_def2_le in Hell. set (x := q ^ Z.to_nat i) in *.
    assert (IZR i <= 63) by (apply IZR_le; lia).
    replace (IZR T * (2 * PI / 2 ^ 60) - exp (- (ell * IZR i / 64)))
      with (2 * PI / 2 ^ 60 * (IZR T - 2 ^ 60 / (2 * PI) * x) + (x - exp (- (ell * IZR i / 64)))) by (field; lra).
    pose proof (scaled (2 * PI / 2 ^ 60) _ _ (7 / 1152921504606846976) ltac:(lra) HT) as B. apply Rabs_def2_le in B.
    apply Rabs_le. lra.
Qed.

Lemma counted_first : counted 0 T0.
Proof.
  split.
  - assert (-1 < T0)%Z; [|lia]. apply lt_IZR. apply Rabs_def2_le in HT0. pose proof PI_RGT_0.
    assert (0 < 2 ^ 60 / (2 * PI)) by (apply Rdiv_lt_0_compat; lra). lra.
  - simpl (q ^ _). rewrite Rmult_1_r. eapply Rle_trans; [exact HT0|]. lra.
Qed.

Lemma decided m a r h : (0 <= a + r <= 131072)%Z -> (Z.abs (m - (a + r)) <= h)%Z -> (h <= 8)%Z ->
  (16777216 <=? total (build turns 1073741824 0) (phases (powers 64 T0 Q) a) (phases (powers 64 T0 Q) r)
    (map (loss h) (powers 64 T0 Q)) 0)%Z = true ->
  0 <= Sum 0 63 (wave m).
Proof.
  intros Hc Hm Hh H. apply Z.leb_le, IZR_le in H.
  pose proof (total_le m a r h 64 Hc Hm Hh 0 T0 0 ltac:(lia) ltac:(lia) counted_first) as L.
  replace (0 + Z.of_nat 64 - 1)%Z with 63%Z in L by reflexivity.
  replace (INR 64) with 64 in L by (rewrite INR_IZR_INZ; reflexivity). lra.
Qed.
End Base.

(* ---- blocks of positions *)
Section Scan.
Variables (t : tree) (Ts : list Z) (holds : Z -> Prop).
Hypothesis decided : forall m a r h, (0 <= a + r <= 131072)%Z -> (Z.abs (m - (a + r)) <= h)%Z -> (h <= 8)%Z ->
  (16777216 <=? total t (phases Ts a) (phases Ts r) (map (loss h) Ts) 0)%Z = true -> holds m.

Lemma scanned k : (k <= 4)%nat -> forall a r, (0 <= a)%Z -> (0 <= r)%Z -> (a + r + 2 ^ Z.of_nat k <= 131072)%Z ->
  scan t (phases Ts a) (halves k Ts) (block_at Ts k r) = true ->
  forall m, (a + r <= m < a + r + 2 ^ Z.of_nat k)%Z -> holds m.
Proof.
  induction k as [|k IH]; intros Hk a r Ha Hr Hend H m Hm.
  - cbn [scan halves block_at] in H. change (2 ^ Z.of_nat 0)%Z with 1%Z in *. apply (decided m a r 0); lia || exact H.
  - cbn [scan halves block_at] in H. rewrite Nat2Z.inj_succ, Z.pow_succ_r in * by lia.
    set (half := (2 ^ Z.of_nat k)%Z) in *. assert (0 < half)%Z by (apply Z.pow_pos_nonneg; lia).
    assert (half <= 8)%Z by (change 8%Z with (2 ^ 3)%Z; apply Z.pow_le_mono_r; lia).
    destruct (16777216 <=? total t (phases Ts a) (phases Ts (r + half)) (map (loss half) Ts) 0)%Z eqn:D.
    + apply (decided m a (r + half) half); lia || exact D.
    + destruct (scan t (phases Ts a) (halves k Ts) (block_at Ts k r)) eqn:E; [|discriminate].
      destruct (Z_lt_ge_dec m (a + r + half)).
      * apply (IH ltac:(lia) a r); lia || exact E.
      * apply (IH ltac:(lia) a (r + half)%Z); lia || exact H.
Qed.

Lemma good_base coarse fine : (Z.of_nat (coarse * fine) * 16 <= 131072)%Z -> good t Ts coarse fine = true ->
  forall m, (0 <= m < Z.of_nat (coarse * fine) * 16)%Z -> holds m.
Proof.
  intros Hend H m Hm. unfold good in H. rewrite forallb_forall in H.
  assert (N : (0 < Z.of_nat fine)%Z) by nia.
  set (b := (m / 16)%Z). pose proof (Z.div_mod m 16 ltac:(lia)). pose proof (Z.mod_pos_bound m 16 ltac:(lia)). fold b in H0.
  set (i := (b / Z.of_nat fine)%Z). set (j := (b mod Z.of_nat fine)%Z).
  pose proof (Z.div_mod b (Z.of_nat fine) ltac:(lia)) as D. pose proof (Z.mod_pos_bound b (Z.of_nat fine) N) as J. fold i j in D, J.
  assert (I : (0 <= i < Z.of_nat coarse)%Z) by (rewrite Nat2Z.inj_mul in Hm; nia).
  specialize (H (Z.to_nat i)). rewrite in_seq in H. specialize (H ltac:(lia)). cbv zeta in H. rewrite forallb_forall in H.
  specialize (H (block_at Ts 4 (Z.of_nat (Z.to_nat j) * 16))).
  eapply (scanned 4 ltac:(lia) (Z.of_nat (Z.to_nat i * fine) * 16) (Z.of_nat (Z.to_nat j) * 16)); [lia|lia| | |].
  - rewrite Nat2Z.inj_mul, !Z2Nat.id by lia. change (2 ^ Z.of_nat 4)%Z with 16%Z. rewrite Nat2Z.inj_mul in Hend. nia.
  - apply H. apply in_map_iff. exists (Z.to_nat j). split; [reflexivity|]. apply in_seq. lia.
  - rewrite Nat2Z.inj_mul, !Z2Nat.id by lia. change (2 ^ Z.of_nat 4)%Z with 16%Z. lia.
Qed.
End Scan.

(* ---- the ten bases *)
Definition turns : list (Z * Z) := [
  (1073741804, 205887); (1073741745, 411775); (1073741508, 823550); (1073740561, 1647099); (1073736771, 3294193);
  (1073721611, 6588356); (1073660973, 13176464); (1073418433, 26350943); (1072448455, 52686014); (1068571464, 105245103);
  (1053110176, 209476638); (992008094, 410903207); (759250125, 759250125); (0, 1073741824); ((-1073741824), 0)]%Z.

Definition whole : Z := 183493156455125077.

(* 2^60 times b^(-1/64), and how the length is cut into coarse times fine blocks of 16 *)
Definition bases : list (Z * (nat * nat)) := [
  (1011641868892821523%Z, (63, 1)%nat);
  (991083772113470989%Z, (125, 1)%nat);
  (983013950120789270%Z, (125, 2)%nat);
  (965734788034917498%Z, (125, 4)%nat);
  (918364449094524352%Z, (500, 8)%nat);
  (899727017007298709%Z, (500, 16)%nat);
  (996022672785080760%Z, (64, 2)%nat);
  (950366803376582156%Z, (128, 8)%nat);
  (935795034990652045%Z, (256, 8)%nat);
  (906373292172657386%Z, (500, 16)%nat)].

Lemma all_good :
  (let t := build turns 1073741824 0 in
   forallb (fun base => good t (powers 64 whole (fst base)) (fst (snd base)) (snd (snd base))) bases) = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Lemma turns_right : right_turns (2 * PI / 2 ^ 15) turns.
Proof.
  cbn [right_turns turns]. unfold near, P. repeat split; try (interval with (i_prec 60)). field.
Qed.

Lemma exp_lipschitz x y : 0 <= x -> 0 <= y -> Rabs (exp (- x) - exp (- y)) <= Rabs (x - y).
Proof.
  assert (G : forall a b, 0 <= a <= b -> 0 <= exp (- a) - exp (- b) <= b - a).
  { intros a b H. replace (- b) with (- a + - (b - a)) by ring. rewrite exp_plus.
    pose proof (exp_le (- a) 0 ltac:(lra)) as A. rewrite exp_0 in A. pose proof (exp_pos (- a)).
    pose proof (exp_ineq1_le (- (b - a))). pose proof (exp_le (- (b - a)) 0 ltac:(lra)) as B. rewrite exp_0 in B. split; nra. }
  intros Hx Hy. destruct (Rle_dec x y).
  - pose proof (G x y ltac:(lra)). rewrite (Rabs_left1 (x - y)), Rabs_pos_eq by lra. lra.
  - pose proof (G y x ltac:(lra)). rewrite (Rabs_pos_eq (x - y)), Rabs_left1 by lra. lra.
Qed.

Lemma exp_power x n : exp x ^ n = exp (INR n * x).
Proof.
  induction n as [|n IH]; [rewrite Rmult_0_l, exp_0; reflexivity|]. rewrite S_INR. simpl. rewrite IH, <- exp_plus. f_equal. ring.
Qed.

Lemma base_good b Q coarse fine : In (Q, (coarse, fine)) bases -> 2 <= b ->
  Rabs (IZR Q - 2 ^ 60 * exp (- (ln b / 64))) <= 1 -> (Z.of_nat (coarse * fine) * 16 <= 131072)%Z ->
  forall ell m, (0 <= m < Z.of_nat (coarse * fine) * 16)%Z ->
  ln b - 1 / 1000000000000 <= ell <= ln b + 1 / 1000000000000 ->
  Sum 0 63 (fun i => cos (IZR m * exp (- (ell * IZR i / 64)))) >= 0.
Proof.
  intros HIn Hb HQ Hend ell m Hm Hell. pose proof all_good as G. cbv zeta in G. rewrite forallb_forall in G.
  specialize (G _ HIn). cbn [fst snd] in G.
  assert (B : 1 / 2 <= ln b) by (apply Rle_trans with (ln 2); [interval with (i_prec 30)|apply ln_le; lra]).
  apply Rle_ge. revert m Hm.
  apply (good_base _ (powers 64 whole Q) (fun m => 0 <= Sum 0 63 (fun i => cos (IZR m * exp (- (ell * IZR i / 64)))))) with (3 := G);
    [|exact Hend].
  intros m a r h Hc Hm Hh. apply (decided turns (exp (- (ln b / 64))) ell whole Q turns_right eq_refl) with (a := a) (r := r) (h := h); try assumption.
  - split; [apply exp_pos|]. rewrite <- exp_0. apply exp_increasing. lra.
  - unfold whole. interval with (i_prec 100).
  - intros i Hi. rewrite exp_power, INR_IZR_INZ, Z2Nat.id by lia. assert (0 <= IZR i <= 63) by (split; apply IZR_le; lia).
    replace (IZR i * - (ln b / 64)) with (- (ln b * IZR i / 64)) by field.
    eapply Rle_trans; [apply exp_lipschitz; apply Rmult_le_pos; try lra; apply Rmult_le_pos; lra|].
    replace (ell * IZR i / 64 - ln b * IZR i / 64) with (IZR i / 64 * (ell - ln b)) by field.
    eapply Rle_trans; [apply (scaled (IZR i / 64) (ell - ln b) (1 / 1000000000000) 1); [lra|apply Rabs_le; lra]|lra].
Qed.

Ltac use b Q coarse fine := apply (base_good b Q coarse fine); [cbn; tauto|lra|interval with (i_prec 100)|lia| |lra].

Theorem holds : sentence.
Proof.
  intros ell m row H1 H10 H0 Hm Hlow Hup.
  assert (R : (row = 1 \/ row = 2 \/ row = 3 \/ row = 4 \/ row = 5 \/ row = 6 \/ row = 7 \/ row = 8 \/ row = 9 \/ row = 10)%Z) by lia.
  assert (W : forall l, IZR m <= IZR l - 1 -> (0 <= m < l)%Z) by (intros l Hl; split; [lia|apply lt_IZR; lra]).
  repeat destruct R as [->|R]; [..|subst row]; cbn [Z.eqb Pos.eqb] in *.
  - apply (W 1000%Z) in Hm. use 4300 1011641868892821523%Z 63%nat 1%nat. lia.
  - apply (W 2000%Z) in Hm. use 16000 991083772113470989%Z 125%nat 1%nat. lia.
  - apply (W 4000%Z) in Hm. use 27000 983013950120789270%Z 125%nat 2%nat. lia.
  - apply (W 8000%Z) in Hm. use 84000 965734788034917498%Z 125%nat 4%nat. lia.
  - apply (W 64000%Z) in Hm. use 2100000 918364449094524352%Z 500%nat 8%nat. lia.
  - apply (W 128000%Z) in Hm. use 7800000 899727017007298709%Z 500%nat 16%nat. lia.
  - apply (W 2048%Z) in Hm. use 11640 996022672785080760%Z 64%nat 2%nat. lia.
  - apply (W 16384%Z) in Hm. use 234500 950366803376582156%Z 128%nat 8%nat. lia.
  - apply (W 32768%Z) in Hm. use 630400 935795034990652045%Z 256%nat 8%nat. lia.
  - apply (W 128000%Z) in Hm. use 4870000 906373292172657386%Z 500%nat 16%nat. lia.
Qed.

Theorem makes_sense : sense.
Proof. split; intros ell m row *; [|lia]. intros. repeat destruct (_ =? _)%Z; lra. Qed.
