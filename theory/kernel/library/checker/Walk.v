(* All lengths and all places of the answer at once: one walk back from the query. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Tables.

Module Walk (F : FloatOps with Definition radix := radix2
                           with Definition sensible_format := true).
Module Export T := Tables F.

Section Precision.
Variable prec : F.precision.

Definition added (s : option F.type) (term : F.type) : option F.type :=
  match s with Some s => Some (F.add_DN prec s term) | None => None end.
Definition least (s : option F.type) (here : F.type) : F.type :=
  match s with Some s => F.min s here | None => here end.

(* [terms]: bounds of what any other token adds at distances 1, 2, ...; [owns]: of what the answer
   adds there; [opens]: whether it may stand there. [before] bounds the sum of what is nearer
   while the answer is still to come, [since] with the answer among it. The first [skip] steps are
   too short to be claimed. *)
Fixpoint walk (skip : nat) (before : F.type) (since : option F.type)
    (terms owns : list F.type) (opens : list bool) : bool :=
  match terms, owns, opens with
  | [], _, _ => true
  | term :: terms, own :: owns, open :: opens =>
      let went := added since term in
      let now := if open then Some (least went (F.add_DN prec before own)) else went in
      let good := match skip, now with O, Some s => above_zero s | _, _ => true end in
      if good then walk (pred skip) (F.add_DN prec before term) now terms owns opens else false
  | _, _, _ => false
  end.

Lemma valid_below l : F.valid_lb l = true -> exists x, below l x.
Proof.
  intros V. destruct (F.toX l) as [|r] eqn:E; [exists 0|exists r]; (apply below_of; [exact V|]);
    rewrite E; trivial. lra.
Qed.
Lemma add_valid a b : F.valid_lb a = true -> F.valid_lb b = true -> F.valid_lb (F.add_DN prec a b) = true.
Proof. intros Ha Hb. exact (proj1 (F.add_DN_correct prec a b Ha Hb)). Qed.

Section Sound.
Variables (r : nat -> R) (n d : nat).
Hypothesis d_inside : (d < n)%nat.

Lemma walk_sound : forall terms owns opens t first before since,
  walk (first - 1 - t) before since terms owns opens = true ->
  (first <= n)%nat -> (t < n <= t + length terms)%nat ->
  F.valid_lb before = true ->
  (forall s, since = Some s -> F.valid_lb s = true) ->
  (forall i, F.valid_lb (low terms i) = true) -> (forall i, F.valid_lb (low owns i) = true) ->
  ((t <= d)%nat -> below before (sum t r) /\ nth (d - t) opens false = true
                   /\ below (low owns (d - t)) (r d)) ->
  ((d < t)%nat -> exists s, since = Some s /\ below s (sum t r)) ->
  (forall i, (t + i < n)%nat -> (t + i)%nat <> d -> below (low terms i) (r (t + i)%nat)) ->
  0 < sum n r.
Proof.
  induction terms as [|term terms IH]; intros owns opens t first before since Hw Hf Hn Vb Vs Vt Vo Hb Hs Ht;
    [cbn in Hn; lia|].
  destruct owns as [|own owns]; [discriminate|]. destruct opens as [|open opens]; [discriminate|].
  cbn [walk] in Hw. cbn [length] in Hn.
  set (went := added since term) in *.
  set (now := if open then Some _ else went) in *.
  assert (Vt0 : F.valid_lb term = true) by exact (Vt O).
  assert (Vo0 : F.valid_lb own = true) by exact (Vo O).
  assert (Vw : forall s, went = Some s -> F.valid_lb s = true).
  { intros s E. unfold went, added in E. destruct since as [s'|]; [|discriminate].
    injection E as <-. apply add_valid; [now apply Vs|exact Vt0]. }
  assert (Vn : forall s, now = Some s -> F.valid_lb s = true).
  { intros s E. unfold now in E. destruct open; [|now apply Vw].
    injection E as <-. unfold least. pose proof (add_valid _ _ Vb Vo0).
    destruct went as [w|]; [|assumption]. apply min_valid; [now apply Vw|assumption]. }
  assert (Hterm : t <> d -> below term (r t)).
  { intros N. specialize (Ht O). rewrite Nat.add_0_r in Ht. exact (Ht ltac:(lia) N). }
  assert (Hin : (d < S t)%nat -> exists s, now = Some s /\ below s (sum (S t) r)).
  { intros L. rewrite sum_last. unfold now. destruct (Nat.eq_dec t d) as [E|N].
    - destruct (Hb ltac:(lia)) as (B & O & W). subst t. rewrite Nat.sub_diag in O, W. cbn in O. subst open.
      eexists. split; [reflexivity|]. pose proof (below_add prec _ _ _ _ B W) as C. unfold least.
      destruct went as [w|]; [|exact C]. apply below_min_r; [now apply Vw|exact C].
    - destruct (Hs ltac:(lia)) as (s & Es & B). unfold went, added. rewrite Es.
      pose proof (below_add prec _ _ _ _ B (Hterm N)) as C. destruct open.
      + eexists. split; [reflexivity|]. cbn [least]. apply below_min_l; [exact C|].
        now apply add_valid.
      + eexists. split; [reflexivity|exact C]. }
  destruct (Nat.eq_dec (S t) n) as [E|N].
  - destruct (Hin ltac:(lia)) as (s & Es & B). rewrite E in B. rewrite Es in Hw.
    replace (first - 1 - t)%nat with O in Hw by lia.
    destruct (above_zero s) eqn:A; [|discriminate]. exact (above_zero_correct _ _ A B).
  - destruct (match (first - 1 - t)%nat, now with O, Some s => above_zero s | _, _ => true end);
      [|discriminate].
    replace (pred (first - 1 - t)) with (first - 1 - S t)%nat in Hw by lia.
    refine (IH owns opens (S t) first (F.add_DN prec before term) now Hw Hf _ _ Vn _ _ _ Hin _).
    + lia.
    + now apply add_valid.
    + intros i. exact (Vt (S i)).
    + intros i. exact (Vo (S i)).
    + intros L. destruct (Hb ltac:(lia)) as (B & O & W). replace (d - t)%nat with (S (d - S t)) in O, W by lia.
      split; [|split; [exact O|exact W]]. rewrite sum_last. apply below_add; [exact B|apply Hterm; lia].
    + intros i Hi Ni. specialize (Ht (S i)). replace (t + S i)%nat with (S t + i)%nat in Ht by lia.
      exact (Ht Hi Ni).
Qed.
End Sound.

(* ---- the least product of masses and values over many tokens, at every distance.
   Tokens whose value is at most a threshold count by themselves; of the others it is enough to know
   the least value and the hull of their masses. *)
Definition weighed : Type := F.type * column.   (* a lower bound of a value, and masses *)
Definition at_most (threshold : F.type) (v : F.type) : bool :=
  match F.cmp v threshold with Xgt => false | _ => true end.

Definition closer (l : list F.type) (c : weighed) : list F.type := zip F.min l (scaled prec (fst c) (snd c)).
Definition least_products (threshold : F.type) (tokens : list weighed) (hull : column) : list F.type :=
  let (near, far) := partition (fun c => at_most threshold (fst c)) tokens in
  match far, near with
  | [], [] => []
  | [], c :: near => fold_left closer near (scaled prec (fst c) (snd c))
  | c :: far, _ => fold_left closer near (scaled prec (fold_left (fun v c => F.min v (fst c)) far (fst c)) hull)
  end.

(* what a token stands for *)
Definition weighs (c : weighed) (f : nat -> R) (y : R) : Prop := below (fst c) y /\ holds (snd c) f.

Lemma closer_sound l c f y g z : weighs c f y -> lows l (fun i => g i * z) ->
  lows (closer l c) (fun i => g i * z) /\ lows (closer l c) (fun i => f i * y).
Proof.
  intros [Hy Hf] H. pose proof (lows_scaled prec _ _ _ _ Hy Hf) as P. split.
  - apply (lows_zip F.min (fun u _ => u) _ _ (fun i => g i * z) (fun i => f i * y)); [|exact H|exact P].
    intros a b u v Ha Hb. exact (proj1 (below_min _ _ _ _ Ha Hb)).
  - apply (lows_zip F.min (fun _ v => v) _ _ (fun i => g i * z) (fun i => f i * y)); [|exact H|exact P].
    intros a b u v Ha Hb. exact (proj2 (below_min _ _ _ _ Ha Hb)).
Qed.

Lemma closer_fold near : (forall c, List.In c near -> exists f y, weighs c f y) ->
  forall l g z, lows l (fun i => g i * z) ->
  lows (fold_left closer near l) (fun i => g i * z) /\
  forall c f y, List.In c near -> weighs c f y -> lows (fold_left closer near l) (fun i => f i * y).
Proof.
  induction near as [|c near IH]; intros Hn l g z H; [split; [exact H|intros ? ? ? []]|].
  destruct (Hn c (or_introl eq_refl)) as (f & y & Hc).
  cbn [fold_left]. destruct (closer_sound l c f y g z Hc H) as [H1 _].
  assert (Hn' : forall c, List.In c near -> exists f y, weighs c f y) by (intros; apply Hn; now right).
  split; [exact (proj1 (IH Hn' _ _ _ H1))|].
  intros c' f' y' [<-|Hin] W.
  - destruct (closer_sound l c f' y' g z W H) as [_ H2]. exact (proj1 (IH Hn' _ _ _ H2)).
  - exact (proj2 (IH Hn' _ _ _ H1) c' f' y' Hin W).
Qed.

Lemma least_value far : forall v y, below v y ->
  (forall c, List.In c far -> exists f y, weighs c f y) ->
  below (fold_left (fun v c => F.min v (fst c)) far v) y /\
  forall c f z, List.In c far -> weighs c f z -> below (fold_left (fun v c => F.min v (fst c)) far v) z.
Proof.
  induction far as [|c far IH]; intros v y Hv Hf; [split; [exact Hv|intros ? ? ? []]|].
  cbn [fold_left]. destruct (Hf c (or_introl eq_refl)) as (f & u & Hu & _).
  assert (Hf' : forall c, List.In c far -> exists f y, weighs c f y) by (intros; apply Hf; now right).
  destruct (below_min _ _ _ _ Hv Hu) as [B1 _]. split; [exact (proj1 (IH _ _ B1 Hf'))|].
  intros c' f' z [<-|Hin] W.
  - destruct (below_min _ _ _ _ Hv (proj1 W)) as [_ B2]. exact (proj1 (IH _ _ B2 Hf')).
  - exact (proj2 (IH _ _ B1 Hf') c' f' z Hin W).
Qed.

Theorem least_products_sound threshold tokens hull :
  (forall c, List.In c tokens -> exists f y, weighs c f y) ->
  (forall c f y, List.In c tokens -> weighs c f y -> holds hull f) ->
  forall c f y, List.In c tokens -> weighs c f y ->
  lows (least_products threshold tokens hull) (fun i => f i * y).
Proof.
  intros Hall Hhull c f y Hc W. unfold least_products.
  destruct (partition (fun c => at_most threshold (fst c)) tokens) as [near far] eqn:E.
  assert (Hin : forall c, List.In c tokens <-> List.In c near \/ List.In c far) by exact (elements_in_partition _ _ E).
  assert (Hnear : forall c, List.In c near -> exists f y, weighs c f y) by (intros; apply Hall, Hin; now left).
  assert (Hfar : forall c, List.In c far -> exists f y, weighs c f y) by (intros; apply Hall, Hin; now right).
  assert (Hfh : forall c f y, List.In c far -> weighs c f y -> holds hull f).
  { intros c' f' y' H'. apply Hhull, Hin. now right. }
  apply Hin in Hc. destruct far as [|v far].
  - destruct Hc as [Hc|[]]. destruct near as [|v near]; [destruct Hc|].
    destruct (Hnear v (or_introl eq_refl)) as (g & z & Hv).
    pose proof (lows_scaled prec _ _ _ _ (proj1 Hv) (proj2 Hv)) as P.
    assert (Hn' : forall c, List.In c near -> exists f y, weighs c f y) by (intros; apply Hnear; now right).
    destruct Hc as [<-|Hc]; [|exact (proj2 (closer_fold near Hn' _ g z P) c f y Hc W)].
    exact (proj1 (closer_fold near Hn' _ f y (lows_scaled prec _ _ _ _ (proj1 W) (proj2 W)))).
  - destruct (Hfar v (or_introl eq_refl)) as (g & z & Hv).
    assert (Hf' : forall c, List.In c far -> exists f y, weighs c f y) by (intros; apply Hfar; now right).
    destruct Hc as [Hc|Hc].
    + pose proof (proj1 (least_value far _ _ (proj1 Hv) Hf')) as Bz.
      pose proof (Hfh v g z (or_introl eq_refl) Hv) as Hg.
      exact (proj2 (closer_fold near Hnear _ g z (lows_scaled prec _ _ _ _ Bz Hg)) c f y Hc W).
    + assert (By : below (fold_left (fun v c => F.min v (fst c)) far (fst v)) y).
      { destruct Hc as [<-|Hc]; [exact (proj1 (least_value far _ _ (proj1 W) Hf'))|].
        exact (proj2 (least_value far _ _ (proj1 Hv) Hf') c f y Hc W). }
      exact (proj1 (closer_fold near Hnear _ f y (lows_scaled prec _ _ _ _ By (Hfh c f y Hc W)))).
Qed.

Lemma least_products_valid threshold tokens hull :
  (forall c, List.In c tokens -> exists f y, weighs c f y) ->
  (forall c f y, List.In c tokens -> weighs c f y -> holds hull f) ->
  forall i, F.valid_lb (low (least_products threshold tokens hull) i) = true.
Proof.
  intros Hall Hhull i. destruct tokens as [|c tokens].
  - destruct i; exact (proj1 (nan_below 0)).
  - destruct (Hall c (or_introl eq_refl)) as (f & y & W).
    exact (proj1 (least_products_sound threshold _ hull Hall Hhull c f y (or_introl eq_refl) W i)).
Qed.

(* a threshold under which k values lie, or all; nothing depends on its being that *)
Fixpoint insert (k : nat) (v : F.type) (l : list F.type) : list F.type :=
  match k, l with
  | O, _ => []
  | S _, [] => [v]
  | S k, u :: rest => if at_most v u then u :: insert k v rest else v :: firstn k l
  end.
Definition smallest (k : nat) (tokens : list weighed) : F.type :=
  List.last (fold_left (fun l c => insert k (fst c) l) tokens []) F.nan.
End Precision.
End Walk.
