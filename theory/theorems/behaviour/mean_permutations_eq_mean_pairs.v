From Coq Require Import Lia Lra List.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

(* f k j + f k' (j + 1) + ... along the contents k, k', ... at the positions from j on *)
Fixpoint along (f : Z -> Z -> R) (j : Z) (contents : list Z) : R :=
  match contents with
  | nil => 0
  | k :: rest => f k j + along f (j + 1) rest
  end.

Definition total (values : list R) : R := fold_right Rplus 0 values.

(* putting n + 1 into each place of an order of 1, ..., n meets each position once, and moves what
   stood at j to j + 1 in j of the n + 1 places; the induction is over n *)
Lemma total_plus (A : Type) (g h : A -> R) l : total (map (fun a => g a + h a) l) = total (map g l) + total (map h l).
Proof. induction l as [|a l IH]; [simpl; ring|]. cbn [map total fold_right] in *. unfold total in *. rewrite IH. ring. Qed.

Lemma total_const (A : Type) c (l : list A) : total (map (fun _ => c) l) = INR (length l) * c.
Proof.
  induction l as [|a l IH]; [simpl; ring|]. cbn [map length]. rewrite S_INR. unfold total in *. simpl. rewrite IH. ring.
Qed.

Lemma total_flat_map (A B : Type) (g : B -> R) (h : A -> list B) l :
  total (map g (flat_map h l)) = total (map (fun a => total (map g (h a))) l).
Proof.
  induction l as [|a l IH]; [reflexivity|]. unfold total in *. cbn [flat_map map fold_right]. rewrite <- IH, map_app, fold_right_app.
  generalize (fold_right Rplus 0 (map g (flat_map h l))). intros r.
  induction (map g (h a)) as [|x m IHm]; simpl; [ring|]. rewrite IHm. ring.
Qed.

Lemma length_insertions x l : length (insertions x l) = S (length l).
Proof. induction l; [reflexivity|]. simpl. rewrite map_length, IHl. reflexivity. Qed.

Lemma along_ext f g l : (forall k j, f k j = g k j) -> forall s, along f s l = along g s l.
Proof. intros H. induction l; intros s; [reflexivity|]. simpl. rewrite H, IHl. reflexivity. Qed.

Lemma along_plus f g l : forall s, along (fun k j => f k j + g k j) s l = along f s l + along g s l.
Proof. induction l; intros s; simpl; [|rewrite IHl]; ring. Qed.

Lemma along_next f l : forall s, along f (s + 1) l = along (fun k j => f k (j + 1)%Z) s l.
Proof. induction l; intros s; [reflexivity|]. simpl. rewrite IHl. reflexivity. Qed.

Lemma along_nth f l : forall s,
  Sum s (s + Z.of_nat (length l) - 1) (fun j => f (nth (Z.to_nat (j - s)) l 0%Z) j) = along f s l.
Proof.
  induction l as [|k m IH]; intros s; cbn [along length].
  - unfold Sum. replace (Z.to_nat _) with O by lia. reflexivity.
  - rewrite Sum_first by lia. rewrite <- IH, Z.sub_diag. f_equal.
    replace (s + Z.of_nat (S (length m)) - 1)%Z with (s + 1 + Z.of_nat (length m) - 1)%Z by lia.
    apply Sum_ext. intros j Hj. replace (Z.to_nat (j - s)) with (S (Z.to_nat (j - (s + 1)))) by lia. reflexivity.
Qed.

Lemma along_insertions f x l : forall s,
  total (map (along f s) (insertions x l))
  = Sum s (s + Z.of_nat (length l)) (f x)
    + along (fun k j => (IZR s + INR (length l) - IZR j) * f k j + (IZR j - IZR s + 1) * f k (j + 1)%Z) s l.
Proof.
  induction l as [|y m IH]; intros s.
  - simpl. rewrite Z.add_0_r, Sum_first by lia. unfold Sum.
    replace (Z.to_nat (s + 1 - (s + 1))) with O by lia. unfold total. simpl. ring.
  - cbn [insertions map]. rewrite map_map.
    change (total ((?a :: ?b)%list)) with (a + total b). unfold total at 1. cbn [fold_right]. fold (total (map (fun x0 => along f s (y :: x0)) (insertions x m))).
    change (fun q => along f s (y :: q)) with (fun q => f y s + along f (s + 1) q).
    rewrite (total_plus _ (fun _ => f y s) (along f (s + 1))), total_const, length_insertions, IH.
    cbn [along length]. rewrite S_INR.
    rewrite (along_next f m (s + 1)). rewrite (Sum_first s) by lia.
    replace (s + Z.of_nat (S (length m)))%Z with (s + 1 + Z.of_nat (length m))%Z by lia.
    rewrite (along_ext (fun k j => (IZR s + (INR (length m) + 1) - IZR j) * f k j + (IZR j - IZR s + 1) * f k (j + 1)%Z)
      (fun k j => f k (j + 1)%Z + ((IZR (s + 1) + INR (length m) - IZR j) * f k j + (IZR j - IZR (s + 1) + 1) * f k (j + 1)%Z))).
    + rewrite !along_plus. ring.
    + intros k j. rewrite plus_IZR. ring.
Qed.

Lemma in_insertions x l : forall q, In q (insertions x l) -> length q = S (length l).
Proof.
  induction l as [|y m IH]; intros q H; cbn [insertions] in H; destruct H as [<-|H]; try reflexivity; [destruct H|].
  apply in_map_iff in H. destruct H as [r [<- H]]. simpl. rewrite (IH r H). reflexivity.
Qed.

Lemma in_orders n : forall p, In p (orders n) -> length p = n.
Proof.
  induction n as [|n IH]; intros p H; cbn [orders] in H; [destruct H as [<-|[]]; reflexivity|].
  apply in_flat_map in H. destruct H as [q [Hq Hp]]. rewrite (in_insertions _ _ _ Hp), (IH q Hq). reflexivity.
Qed.

(* the same without positions: there are n times as many orders of n as of n - 1 *)
Lemma length_orders n : length (orders (S n)) = (S n * length (orders n))%nat.
Proof.
  cbn [orders]. rewrite <- (map_length (fun q => length q)).
  assert (G : forall l, (forall p, In p l -> length p = n) ->
    length (map (fun q : list Z => length q) (flat_map (insertions (Z.of_nat (S n))) l)) = (S n * length l)%nat).
  { induction l as [|p l IH]; intros H; [simpl; lia|]. cbn [flat_map]. rewrite map_app, app_length, IH, map_length.
    - rewrite length_insertions, (H p (or_introl eq_refl)). simpl. lia.
    - intros q Hq. apply H. right. exact Hq. }
  apply G, in_orders.
Qed.

Lemma sums_of_orders n : forall f, INR n * total (map (along f 1) (orders n))
  = INR (length (orders n)) * Sum 1 (Z.of_nat n) (fun j => Sum 1 (Z.of_nat n) (fun k => f k j)).
Proof.
  induction n as [|n IH]; intros f; [unfold Sum; simpl; ring|].
  set (g k j := (1 + INR n - IZR j) * f k j + (IZR j - 1 + 1) * f k (j + 1)%Z).
  assert (E : total (map (along f 1) (orders (S n)))
    = INR (length (orders n)) * Sum 1 (Z.of_nat (S n)) (f (Z.of_nat (S n))) + total (map (along g 1) (orders n))).
  { cbn [orders]. rewrite total_flat_map, <- total_const, <- total_plus. f_equal. apply map_ext_in. intros p Hp.
    rewrite along_insertions, (in_orders n p Hp), Nat2Z.inj_succ, <- Z.add_1_l. reflexivity. }
  rewrite E, length_orders, mult_INR. rewrite Rmult_assoc. f_equal.
  destruct n as [|n]; [unfold Sum, total; simpl; ring|]. set (N := S n) in *. set (l := INR (length (orders N))) in *.
  assert (P : INR N <> 0) by (apply not_0_INR; unfold N; lia).
  apply Rmult_eq_reg_l with (INR N); [|exact P]. rewrite Rmult_plus_distr_l, IH. unfold g.
  rewrite (Sum_ext 1 (Z.of_nat N) _ (fun j => (1 + INR N - IZR j) * Sum 1 (Z.of_nat N) (fun k => f k j)
    + (IZR (j + 1) - 1) * Sum 1 (Z.of_nat N) (fun k => f k (j + 1)%Z))).
  2:{ intros j _. rewrite Sum_plus, !Sum_scal, plus_IZR. f_equal. ring. }
  set (F j := Sum 1 (Z.of_nat N) (fun k => f k j)). change (Sum 1 (Z.of_nat N) (fun k => f k ?j)) with (F j).
  rewrite Sum_plus. rewrite <- (Sum_shift 1 (Z.of_nat N) 1 (fun j => (IZR j - 1) * F j)).
  replace (Sum (1 + 1) (Z.of_nat N + 1) (fun j => (IZR j - 1) * F j)) with (Sum 1 (Z.of_nat (S N)) (fun j => (IZR j - 1) * F j)).
  2:{ rewrite Sum_first by lia. rewrite Nat2Z.inj_succ. unfold Z.succ. ring. }
  replace (Sum 1 (Z.of_nat N) (fun j => (1 + INR N - IZR j) * F j)) with (Sum 1 (Z.of_nat (S N)) (fun j => (1 + INR N - IZR j) * F j)).
  2:{ rewrite Sum_last by lia. rewrite Nat2Z.inj_succ. replace (Z.succ (Z.of_nat N) - 1)%Z with (Z.of_nat N) by lia.
      rewrite succ_IZR, <- INR_IZR_INZ. ring. }
  rewrite <- Sum_plus.
  rewrite (Sum_ext 1 (Z.of_nat (S N)) (fun j => (1 + INR N - IZR j) * F j + (IZR j - 1) * F j) (fun j => INR N * F j)) by (intros; ring).
  rewrite Sum_scal.
  rewrite (Sum_ext 1 (Z.of_nat (S N)) (fun j => Sum 1 (Z.of_nat (S N)) (fun k => f k j)) (fun j => F j + f (Z.of_nat (S N)) j)).
  - rewrite Sum_plus. change (fun j => f (Z.of_nat (S N)) j) with (f (Z.of_nat (S N))). ring.
  - intros j _. unfold F. rewrite Sum_last by lia. do 2 f_equal. lia.
Qed.

Theorem holds : sentence.
Proof.
  intros n f Hn. unfold MeanOverOrders. fold (total (map (fun order => Sum 1 n
    (fun j => f (nth (Z.to_nat (j - 1)) order 0%Z) j)) (orders (Z.to_nat n)))).
  rewrite (map_ext_in _ (along f 1)).
  2:{ intros p Hp. rewrite <- along_nth, (in_orders _ _ Hp), Z2Nat.id by lia. f_equal. lia. }
  pose proof (sums_of_orders (Z.to_nat n) f) as E. rewrite INR_IZR_INZ, Z2Nat.id in E by lia.
  assert (IZR n <> 0) by (apply not_0_IZR; lia).
  assert (L : forall k, INR (length (orders k)) <> 0).
  { intros k. apply not_0_INR. induction k; [discriminate|]. rewrite length_orders. lia. }
  specialize (L (Z.to_nat n)). set (T := total _) in *. set (S := Sum 1 n _) in *.
  replace T with (INR (length (orders (Z.to_nat n))) * S / IZR n) by (rewrite <- E; field; assumption).
  field. split; assumption.
Qed.

Theorem makes_sense : sense.
Proof. intros n f Hn. repeat split; try lia. apply pow_nonzero, not_0_IZR. lia. Qed.
