(* What the generated statements mean: the only definitions that have to be read and trusted. *)
From Coq Require Export Reals ZArith List.
Open Scope R_scope.

Fixpoint sum_steps (f : Z -> R) (a : Z) (steps : nat) : R :=
  match steps with
  | O => 0
  | S k => sum_steps f a k + f (a + Z.of_nat k)%Z
  end.

(* f a + ... + f b; 0 where b < a *)
Definition Sum (a b : Z) (f : Z -> R) : R := sum_steps f a (Z.to_nat (b + 1 - a)).

Fixpoint least_steps (f : Z -> R) (a : Z) (steps : nat) : R :=
  match steps with
  | O => f a
  | S k => Rmin (least_steps f a k) (f (a + Z.of_nat (S k))%Z)
  end.

(* the least of f a, ..., f b where a <= b; a sentence is about no other case, by its `sense` *)
Definition Least (a b : Z) (f : Z -> R) : R := least_steps f a (Z.to_nat (b - a)).

(* every way to insert x into a list *)
Fixpoint insertions (x : Z) (l : list Z) : list (list Z) :=
  match l with
  | nil => (x :: nil) :: nil
  | y :: rest => (x :: l) :: map (cons y) (insertions x rest)
  end.

(* the n! orders of 1, ..., n *)
Fixpoint orders (n : nat) : list (list Z) :=
  match n with
  | O => nil :: nil
  | S k => flat_map (insertions (Z.of_nat (S k))) (orders k)
  end.

(* the mean of f k j over all orders of 1, ..., n and all places j, where k stands at place j *)
Definition MeanOverOrders (n : Z) (f : Z -> Z -> R) : R :=
  let total := fold_right Rplus 0 (map
    (fun order => Sum 1 n (fun j => f (nth (Z.to_nat (j - 1)) order 0%Z) j))
    (orders (Z.to_nat n))) in
  total / (INR (length (orders (Z.to_nat n))) * IZR n).
