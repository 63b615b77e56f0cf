(* Which inputs are meant, and which token is asked for: Index and Retrieval of one hop. *)
From Coq Require Export List Arith ZArith String.

(* what a token id stands for *)
Inductive symbol := Name (s : string) | Digit (z : Z).
Inductive meaning :=
  | Letter (s : string)                 (* "a" *)
  | Number (z : Z)                      (* 3 *)
  | Pair (first second : symbol)        (* ["a", "c"], ["a", 3] *)
  | Padding.                            (* null, and all ids beyond the list *)

Section Task.
Variable tokens : list meaning.
Definition means (y : nat) : meaning := nth y tokens Padding.

Section Input.
Variables (n : nat) (x : nat -> nat).  (* the tokens x 0, ..., x (n - 1); the last one asks *)
Definition last_token : nat := x (n - 1).
Definition back (d : nat) : nat := x (n - 1 - d).
Definition without_padding : Prop := forall p, p < n -> means (x p) <> Padding.

(* Index: the last token is a number i, 0 < i < n, and a letter stands i positions back. *)
Definition index_asks (a : nat) : Prop :=
  without_padding /\
  exists i, means last_token = Number (Z.of_nat i) /\ 0 < i < n /\ back i = a /\
  exists s, means a = Letter s.

Definition begins_with (s : symbol) (y : nat) : Prop := exists t, means y = Pair s t.

(* Retrieval: the last token is a pair of two symbols that differ, and exactly one earlier token
   is a pair that begins with the second of them, at whatever place. *)
Definition retrieval_asks (a : nat) : Prop :=
  without_padding /\
  exists u v, means last_token = Pair u v /\ u <> v /\
  exists d, 0 < d < n /\ back d = a /\ begins_with v a /\
  forall e, 0 < e < n -> e <> d -> ~ begins_with v (back e).
End Input.

Inductive task := Index | Retrieval.
Definition asks (t : task) : nat -> (nat -> nat) -> nat -> Prop :=
  match t with Index => index_asks | Retrieval => retrieval_asks end.
End Task.
