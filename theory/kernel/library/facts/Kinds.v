(* Kinds of inputs that a model is claimed to answer, and hints for the check of such claims. *)
From ropeproof Require Export OneHead.
Import ListNotations.

(* From the last token back: [query], then [others], and the answer at one of [places]. *)
Record kind := { query_token : nat; places : list nat; others : list nat }.

(* The n tokens of x are an input of this kind, with the answer a at distance d. *)
Definition of_kind (K : kind) (n d a : nat) (x : nat -> nat) : Prop :=
  List.In d (places K) /\ (d < n)%nat /\ last_token n x = query_token K /\ back n x d = a /\
  forall t, (0 < t < n)%nat -> t <> d -> List.In (back n x t) (others K).

(* for lengths from first to final *)
Definition claim_holds (M : gptj) (K : kind) (first final a : nat) : Prop :=
  forall n d x, (first <= n <= final)%nat -> of_kind K n d a x -> answers M n x a.

(* ---- hints *)
Inductive tree :=
  | Leaf (towards : list (nat * Z))                        (* tokens and their parts in a direction *)
  | Split (distance : nat) (branches : list (nat * tree)). (* by the token at a distance *)
Record attempt := { from : nat; upto : nat; at_places : list nat; by_tree : tree }.
Record hint := { against : nat; attempts : list attempt }.
Record range := { first : nat; final : nat; their_answers : list (nat * list hint) }.
Record claims := { their_kind : kind; ranges : list range }.

Fixpoint tree_rect_deep (P : tree -> Prop) (leaf : forall l, P (Leaf l))
    (split : forall s bs, (forall y T, List.In (y, T) bs -> P T) -> P (Split s bs)) (T : tree) : P T :=
  match T with
  | Leaf l => leaf l
  | Split s bs => split s bs
      ((fix go bs : forall y T, List.In (y, T) bs -> P T :=
        match bs with
        | [] => fun _ _ H => match H with end
        | (z, U) :: bs => fun y T H =>
            match H with
            | or_introl E => eq_ind U P (tree_rect_deep P leaf split U) T (f_equal snd E)
            | or_intror H => go bs y T H
            end
        end) bs)
  end.
