(* Induction: which inputs are meant, which token is asked for, and what is said of a model. *)
From ropeproof Require Export GPTJ.
Open Scope nat_scope.

(* Of the n tokens x 0, ..., x (n - 1), all below size, the last has occurred exactly once before, at p,
   two places back or earlier; asked for is the token that followed it there. *)
Definition induction_asks (size n : nat) (x : nat -> nat) (a : nat) : Prop :=
  (forall p, p < n -> x p < size) /\
  exists p, p + 2 < n /\ x p = x (n - 1) /\ x (p + 1) = a /\
  forall r, r < n - 1 -> r <> p -> x r <> x (n - 1).

(* On every such input of 3 to h tokens, the token asked for has the largest logit. *)
Definition induction_right_up_to (M : gptj) (h : nat) : Prop :=
  forall n x a, 3 <= n <= h -> induction_asks (vocab M) n x a -> answers M n x a.

(* The same of the inputs of n tokens that end in b and q and ask for a. *)
Definition induction_right_at (M : gptj) (n b q a : nat) : Prop :=
  forall x, x (n - 2) = b -> x (n - 1) = q -> induction_asks (vocab M) n x a -> answers M n x a.

(* There is an input that ends so and asks for a. *)
Definition induction_asked (M : gptj) (n b q a : nat) : Prop :=
  exists x, x (n - 2) = b /\ x (n - 1) = q /\ induction_asks (vocab M) n x a.
