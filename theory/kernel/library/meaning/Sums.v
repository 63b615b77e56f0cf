(* Finite sums and means of real numbers. *)
From Coq Require Export Reals ZArith List.
Open Scope R_scope.

(* f 0 + ... + f (n - 1) *)
Fixpoint sum (n : nat) (f : nat -> R) : R :=
  match n with
  | O => 0
  | S k => f O + sum k (fun i => f (S i))
  end.

Definition mean (n : nat) (f : nat -> R) : R := sum n f / INR n.

(* the largest of f 0, ..., f n *)
Fixpoint largest (n : nat) (f : nat -> R) : R :=
  match n with
  | O => f O
  | S k => Rmax (largest k f) (f n)
  end.
