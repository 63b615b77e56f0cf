(* GPT-J with any number of blocks and heads: the real function of stored weights. *)
From ropeproof Require Export Sums Attention.

(* A stored weight z stands for z / 2^bits of its model. *)
Record block := {
  ln_gain : list Z; ln_bias : list Z;                 (* width *)
  q_proj : list (list Z); k_proj : list (list Z);     (* width x width *)
  v_proj : list (list Z); out_proj : list (list Z);
  fc_in : list (list Z); fc_in_bias : list Z;         (* hidden x width, hidden *)
  fc_out : list (list Z); fc_out_bias : list Z        (* width x hidden, width *)
}.

Record gptj := {
  vocab : nat; width : nat; heads : nat; planes : nat; hidden : nat;
  bits : Z;
  eps_num : Z; eps_bits : Z;             (* epsilon of every norm is eps_num / 2^eps_bits *)
  angles : option (list Z * Z);          (* None: those of GPT-J; (l, b): l / 2^b radians *)
  wte : list (list Z);                   (* vocab x width *)
  blocks : list block;
  lnf_gain : list Z; lnf_bias : list Z;  (* width *)
  lm_head : list (list Z); lm_head_bias : list Z  (* vocab x width, vocab *)
}.

Section Model.
Variable M : gptj.

Definition vect (v : list Z) (i : nat) : R := IZR (nth i v 0%Z) / IZR (2 ^ bits M).
Definition matr (A : list (list Z)) (i : nat) : nat -> R := vect (nth i A nil).
Definition epsilon : R := IZR (eps_num M) / IZR (2 ^ eps_bits M).

(* the coordinates of a matrix times a vector of n coordinates *)
Definition times (n : nat) (A : list (list Z)) (x : nat -> R) (i : nat) : R := dot n (matr A i) x.

Definition layer_norm (gain bias : list Z) (x : nat -> R) (i : nat) : R :=
  let m := mean (width M) x in
  let variance := mean (width M) (fun j => (x j - m) * (x j - m)) in
  (x i - m) / sqrt (variance + epsilon) * vect gain i + vect bias i.

Definition gelu (x : R) : R :=
  x / 2 * (1 + tanh (sqrt (2 / PI) * (x + 44715 / 1000000 * (x * x * x)))).

(* radians per position of plane f: 10000^(-f / planes), or as given *)
Definition angle (f : nat) : R :=
  match angles M with
  | None => Rpower 10000 (- (INR f / INR (planes M)))
  | Some (given, b) => IZR (nth f given 0%Z) / IZR (2 ^ b)
  end.

(* A stream holds a vector at every position. *)
Definition stream := nat -> nat -> R.

Section Block.
Variables (B : block) (s : stream).

Definition head_dim : nat := (width M / heads M)%nat.
Definition normed (p : nat) : nat -> R := layer_norm (ln_gain B) (ln_bias B) (s p).
Definition query (p : nat) : nat -> R := times (width M) (q_proj B) (normed p).
Definition key (p : nat) : nat -> R := times (width M) (k_proj B) (normed p).
Definition value (p : nat) : nat -> R := times (width M) (v_proj B) (normed p).

(* of head h, for the query at position p and the key at position r *)
Definition score (h p r : nat) : R :=
  rotary_score head_dim (planes M) angle p r
    (fun i => query p (h * head_dim + i)%nat) (fun i => key r (h * head_dim + i)%nat)
  / sqrt (INR head_dim).

(* heads side by side; position p reads positions 0 to p *)
Definition mixed (p i : nat) : R :=
  attended (S p) (soft (score (i / head_dim) p)) (fun r => value r i).

Definition mlp (p i : nat) : R :=
  let inner h := times (width M) (fc_in B) (normed p) h + vect (fc_in_bias B) h in
  times (hidden M) (fc_out B) (fun h => gelu (inner h)) i + vect (fc_out_bias B) i.

Definition after_block : stream := fun p i =>
  s p i + times (width M) (out_proj B) (mixed p) i + mlp p i.
End Block.

Definition embedded (x : nat -> nat) : stream := fun p => matr (wte M) (x p).
Definition final_stream (x : nat -> nat) : stream :=
  fold_left (fun s B => after_block B s) (blocks M) (embedded x).

(* the logit of class c after the n tokens x 0, ..., x (n - 1) *)
Definition logit (n : nat) (x : nat -> nat) (c : nat) : R :=
  times (width M) (lm_head M)
    (layer_norm (lnf_gain M) (lnf_bias M) (final_stream x (n - 1)%nat)) c
  + vect (lm_head_bias M) c.

(* token a is the answer: its logit is above that of every other class *)
Definition answers (n : nat) (x : nat -> nat) (a : nat) : Prop :=
  forall c, (c < vocab M)%nat -> c <> a -> logit n x c < logit n x a.

(* it is not: another class is above it *)
Definition beaten (n : nat) (x : nat -> nat) (a : nat) : Prop :=
  exists c, (c < vocab M)%nat /\ c <> a /\ logit n x a < logit n x c.
End Model.
