From Coq Require Import Lia Lra Psatz Classical.
From ropeproof Require Import prelude lemmas approximation.
From ledger Require Import Statement.

(* put the turns into A boxes, code 0 at the edge of the first: two codes share a box, unless one is in
   the last box, next to code 0 *)
Theorem holds : sentence.
Proof.
  intros A phi HA. pose proof PI_RGT_0. assert (2 <= IZR A) by (apply IZR_le; lia).
  assert (Hi : IZR A * / IZR A = 1) by (apply Rinv_r; lra).
  assert (0 < / IZR A) by (apply Rinv_0_lt_compat; lra). assert (/ IZR A <= / 2) by (apply Rinv_le_contravar; lra).
  assert (Small : 2 * PI * / IZR A <= PI) by nra.
  assert (Near : forall d, -1 <= d * IZR A <= 1 -> Rabs d <= / IZR A)
    by (intros d Hd; apply Rabs_le; split; apply Rmult_le_reg_r with (IZR A); lra).
  set (beta a := (phi a - phi 0%Z) / (2 * PI)). set (g a := digit A (beta a)).
  assert (D : forall a, (0 <= g a < A)%Z /\ IZR (g a) <= (beta a - IZR (Int_part (beta a))) * IZR A < IZR (g a) + 1)
    by (intros a; exact (digit_range A ltac:(lia) (beta a))).
  assert (Pair : exists a b p, (0 <= a < b /\ b <= A - 1)%Z /\ Rabs (beta b - beta a - IZR p) <= / IZR A).
  { destruct (classic (exists a, (0 <= a <= A - 1)%Z /\ g a = A - 1)%Z) as [[a [Ha E]]|No].
    - assert (B0 : beta 0%Z = 0) by (unfold beta; field; lra).
      exists 0%Z, a, (Int_part (beta a) + 1)%Z. split.
      + assert (a <> 0)%Z; [|lia]. intros ->. pose proof (D 0%Z) as [_ B]. rewrite E, B0, minus_IZR in B.
        pose proof (base_Int_part 0). assert (-1 < Int_part 0)%Z by (apply lt_IZR; lra).
        assert (Int_part 0 < 1)%Z by (apply lt_IZR; lra). replace (Int_part 0) with 0%Z in B by lia. lra.
      + pose proof (D a) as [_ B]. rewrite E, minus_IZR in B. rewrite B0, plus_IZR. pose proof (base_Int_part (beta a)).
        apply Near. lra.
    - destruct (pigeonhole (Z.to_nat (A - 1)) g) as (a & b & Hab & E).
      + intros a Ha. destruct (D a) as [R1 _]. assert (g a <> A - 1)%Z by (intros E; apply No; exists a; split; [lia|exact E]). lia.
      + exists a, b, (Int_part (beta b) - Int_part (beta a))%Z. split; [lia|].
        pose proof (D a) as [_ B1]. pose proof (D b) as [_ B2]. rewrite E in B1. rewrite minus_IZR. apply Near. lra. }
  destruct Pair as (a & b & p & Hab & L).
  apply Least_le_of with a; [lia|]. apply Least_le_of with (b - a)%Z; [lia|].
  replace ((a + (b - a)) mod A)%Z with b by (replace (a + (b - a))%Z with b by ring; rewrite Z.mod_small; lia).
  apply Rplus_le_compat_l, Ropp_le_contravar.
  replace (phi b - phi a) with (2 * PI * (beta b - beta a - IZR p) + 2 * PI * IZR p) by (unfold beta; field; lra).
  rewrite cos_IZR. apply cos_le_of_abs_le; unfold Rdiv; [|exact Small].
  rewrite Rabs_mult, (Rabs_pos_eq (2 * PI)) by lra. apply Rmult_le_compat_l; [lra|exact L].
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; try lia; apply not_0_IZR; lia.
Qed.
