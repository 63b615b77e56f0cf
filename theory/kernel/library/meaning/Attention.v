(* An attention head over a finite context, and rotary positions. *)
From ropeproof Require Export Sums.

(* A head at a query reads the values of n positions, each in proportion to its mass. *)
Definition attended (n : nat) (mass value : nat -> R) : R :=
  sum n (fun p => mass p / sum n mass * value p).

(* softmax attention: the mass of a position is the exponential of its score *)
Definition soft (score : nat -> R) (p : nat) : R := exp (score p).

(* hard attention: the positions of the largest score, all alike *)
Definition hard (n : nat) (score : nat -> R) (p : nat) : R :=
  if Req_EM_T (score p) (largest (n - 1) score) then 1 else 0.

(* RoPE at position p: coordinates 2f and 2f + 1, for f below the number of planes, are turned
   together by p * angle f radians; the coordinates behind them stay. *)
Definition rotated (planes : nat) (angle : nat -> R) (p : nat) (v : nat -> R) (i : nat) : R :=
  let f := Nat.div2 i in
  let turn := INR p * angle f in
  if (i <? 2 * planes)%nat then
    if Nat.even i
    then v (2 * f)%nat * cos turn - v (2 * f + 1)%nat * sin turn
    else v (2 * f + 1)%nat * cos turn + v (2 * f)%nat * sin turn
  else v i.

(* inner product of n coordinates *)
Definition dot (n : nat) (u v : nat -> R) : R := sum n (fun i => u i * v i).

(* the score that a key k at position r has for a query q at position p, without a scale *)
Definition rotary_score (dim planes : nat) (angle : nat -> R) (p r : nat) (q k : nat -> R) : R :=
  dot dim (rotated planes angle p q) (rotated planes angle r k).
