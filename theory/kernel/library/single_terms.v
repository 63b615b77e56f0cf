(* Sums in which one term matters: checked, so not trusted. *)
From Coq Require Import Reals ZArith Lia Lra.
From ropeproof Require Import prelude lemmas.
Open Scope R_scope.

Lemma Sum_split a b i f : (a <= i <= b)%Z -> Sum a b f = Sum a (i - 1) f + f i + Sum (i + 1) b f.
Proof.
  intros H. replace b with (i + Z.of_nat (Z.to_nat (b - i)))%Z by lia.
  induction (Z.to_nat (b - i)) as [|k IH].
  - rewrite Z.add_0_r, Sum_last by lia. unfold Sum at 3. replace (i + 1 - (i + 1))%Z with 0%Z by ring. simpl. ring.
  - rewrite Sum_last by lia. rewrite (Sum_last (i + 1)) by lia.
    replace (i + Z.of_nat (S k) - 1)%Z with (i + Z.of_nat k)%Z by lia. rewrite IH. ring.
Qed.

Lemma Sum_zero a b f : (forall j, (a <= j <= b)%Z -> f j = 0) -> Sum a b f = 0.
Proof.
  intros H. rewrite (Sum_ext a b f (fun _ => 0 * 0)) by (intros; rewrite H by assumption; ring).
  rewrite Sum_scal. ring.
Qed.

(* all other terms are 0 *)
Lemma Sum_only a b i f : (a <= i <= b)%Z -> (forall j, (a <= j <= b)%Z -> j <> i -> f j = 0) -> Sum a b f = f i.
Proof. intros H N. rewrite (Sum_split a b i), !Sum_zero by (assumption || (intros; apply N; lia)). ring. Qed.

(* no term is negative *)
Lemma Sum_term a b i f : (a <= i <= b)%Z -> (forall j, (a <= j <= b)%Z -> 0 <= f j) -> f i <= Sum a b f.
Proof.
  intros H P. rewrite (Sum_split a b i) by assumption.
  assert (0 <= Sum a (i - 1) f) by (apply Sum_nonneg; intros; apply P; lia).
  assert (0 <= Sum (i + 1) b f) by (apply Sum_nonneg; intros; apply P; lia). lra.
Qed.
