(* Linear functionals of vectors of n coordinates. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Vectors.

Definition linear (n : nat) (L : (nat -> R) -> R) : Prop := exists k, forall f, L f = dot n k f.

Section Linear.
Variable n : nat.
Variable L : (nat -> R) -> R.
Hypothesis L_linear : linear n L.

Lemma linear_ext f g : (forall i, (i < n)%nat -> f i = g i) -> L f = L g.
Proof. destruct L_linear as [k E]. intros H. rewrite !E. now apply dot_ext. Qed.
Lemma linear_plus f g : L (fun i => f i + g i) = L f + L g.
Proof. destruct L_linear as [k E]. rewrite !E. apply dot_plus. Qed.
Lemma linear_scal c f : L (fun i => c * f i) = c * L f.
Proof. destruct L_linear as [k E]. rewrite !E. apply dot_scal. Qed.
Lemma linear_minus f g : L (fun i => f i - g i) = L f - L g.
Proof.
  rewrite (linear_ext _ (fun i => f i + -1 * g i)) by (intros; ring).
  rewrite linear_plus, linear_scal. ring.
Qed.
Lemma linear_combined m w f : L (combined m w f) = sum m (fun t => w t * L (f t)).
Proof.
  destruct L_linear as [k E]. rewrite E, dot_combined. apply sum_ext. intros. now rewrite E.
Qed.
End Linear.

Lemma linear_dot n k : linear n (dot n k).
Proof. exists k. reflexivity. Qed.
Lemma linear_difference n L K : linear n L -> linear n K -> linear n (fun f => L f - K f).
Proof.
  intros [k E] [j G]. exists (fun i => k i - j i). intros f. now rewrite E, G, <- dot_minus.
Qed.
(* a functional of the values of functionals *)
Lemma linear_of n m L (A : nat -> (nat -> R) -> R) : linear m L -> (forall i, (i < m)%nat -> linear n (A i)) ->
  linear n (fun f => L (fun i => A i f)).
Proof.
  intros [k E] H.
  assert (G : exists a : nat -> nat -> R, forall i, (i < m)%nat -> forall f, A i f = dot n (a i) f).
  { clear L k E. induction m as [|m IH].
    - exists (fun _ _ => 0). intros. lia.
    - destruct IH as [a Ha]; [intros; apply H; lia|]. destruct (H m ltac:(lia)) as [b Hb].
      exists (fun i => if (i =? m)%nat then b else a i). intros i Hi.
      destruct (Nat.eqb_spec i m) as [->|N]; [exact Hb|]. apply Ha. lia. }
  destruct G as [a Ha]. exists (fun j => sum m (fun i => k i * a i j)). intros f. rewrite E.
  rewrite (dot_ext m k _ k (fun i => dot n (a i) f)) by (intros; auto). unfold dot.
  rewrite (sum_ext m _ (fun i => sum n (fun j => k i * a i j * f j))).
  - rewrite sum_swap. apply sum_ext. intros j _. now rewrite <- sum_scal_r.
  - intros i _. rewrite <- sum_scal. apply sum_ext. intros. ring.
Qed.
Lemma linear_gained n L g : linear n L -> linear n (fun f => L (fun i => g i * f i)).
Proof.
  intros [k E]. exists (fun i => k i * g i). intros f. rewrite E. apply sum_ext. intros. ring.
Qed.
