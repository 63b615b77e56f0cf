From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros hi lo m n rho A B Hn Hm Hlo Hhi. destruct (Req_dec lo hi) as [E|E].
  { replace rho with lo by lra. apply Rle_ge, Rmin_r. }
  set (x := (rho - lo) / (hi - lo)). assert (X : x * (hi - lo) = rho - lo) by (unfold x; field; lra).
  assert (X0 : 0 <= x) by (apply Rmult_le_reg_r with (hi - lo); lra).
  assert (X1 : x <= 1) by (apply Rmult_le_reg_r with (hi - lo); lra).
  assert (P : (1 - x) * Sum 1 n (fun j => Least 1 m (fun i => lo * B j i + A j i)) +
    x * Sum 1 n (fun j => Least 1 m (fun i => hi * B j i + A j i)) <=
    Sum 1 n (fun j => Least 1 m (fun i => rho * B j i + A j i))).
  { rewrite <- !Sum_scal, <- Sum_plus. apply Sum_le. intros j _.
    destruct (Least_attained 1 m (fun i => rho * B j i + A j i) ltac:(lia)) as [i [Hi ->]].
    pose proof (Least_le 1 m (fun i => lo * B j i + A j i) i Hi) as L.
    pose proof (Least_le 1 m (fun i => hi * B j i + A j i) i Hi) as R. cbv beta in *.
    apply (Rmult_le_compat_l (1 - x)) in L; [|lra]. apply (Rmult_le_compat_l x) in R; [|lra].
    replace rho with (lo + x * (hi - lo)) by lra. lra. }
  pose proof (Rmin_l (Sum 1 n (fun j => Least 1 m (fun i => hi * B j i + A j i)))
    (Sum 1 n (fun j => Least 1 m (fun i => lo * B j i + A j i)))) as L.
  pose proof (Rmin_r (Sum 1 n (fun j => Least 1 m (fun i => hi * B j i + A j i)))
    (Sum 1 n (fun j => Least 1 m (fun i => lo * B j i + A j i)))) as R.
  apply (Rmult_le_compat_l x) in L; [|lra]. apply (Rmult_le_compat_l (1 - x)) in R; [|lra]. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  repeat split; intros; lia.
Qed.
