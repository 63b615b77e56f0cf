(* What is said of a model on a task. *)
From ropeproof Require Export GPTJ Tasks.

Section Verdicts.
Variables (M : gptj) (T : task) (tokens : list meaning).

(* On every input of at most h tokens that ends in q, the token asked for has the largest logit. *)
Definition right_up_to (q h : nat) : Prop :=
  forall n x a, (n <= h)%nat -> last_token n x = q -> asks tokens T n x a -> answers M n x a.

(* On every input of n tokens that ends in q and asks for a, a has the largest logit. *)
Definition right_at (n q a : nat) : Prop :=
  forall x, last_token n x = q -> asks tokens T n x a -> answers M n x a.

(* On some input of n tokens that ends in q and asks for a, another class has a larger logit. *)
Definition wrong_at (n q a : nat) : Prop :=
  exists x, last_token n x = q /\ asks tokens T n x a /\ beaten M n x a.

(* There is an input of n tokens that ends in q and asks for a. *)
Definition asked_for (n q a : nat) : Prop :=
  exists x, last_token n x = q /\ asks tokens T n x a.

(* There is one that asks for something. *)
Definition asked (n q : nat) : Prop :=
  exists x a, last_token n x = q /\ asks tokens T n x a.
End Verdicts.
