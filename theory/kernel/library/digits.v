(* Digits of an integer: checked, so not trusted. *)
From Coq Require Import Reals ZArith Lia Lra.
From ropeproof Require Import prelude.
Open Scope R_scope.

Lemma Int_part_quotient c d : (0 < d)%Z -> Int_part (IZR c / IZR d) = (c / d)%Z.
Proof.
  intros Hd. assert (D : 0 < IZR d) by (apply IZR_lt, Hd). destruct (base_Int_part (IZR c / IZR d)) as [L G].
  set (z := Int_part (IZR c / IZR d)) in *. assert (E : IZR c / IZR d * IZR d = IZR c) by (field; lra).
  apply (Rmult_le_compat_r (IZR d)) in L; [|lra]. rewrite E, <- mult_IZR in L. apply le_IZR in L.
  assert (H : IZR c < IZR (z * d + d)).
  { rewrite plus_IZR, mult_IZR, <- E. apply (Rmult_gt_compat_r (IZR d)) in G; lra. }
  apply lt_IZR in H. apply (Z.div_unique_pos _ _ _ (c - z * d)); lia.
Qed.

Lemma Int_part_power c m j : (1 <= m)%Z -> (0 <= j)%Z -> Int_part (IZR c / IZR (m ^ j)) = (c / m ^ j)%Z.
Proof. intros Hm Hj. apply Int_part_quotient, Z.pow_pos_nonneg; lia. Qed.
