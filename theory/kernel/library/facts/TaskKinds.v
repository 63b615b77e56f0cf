(* From claims about kinds of inputs to verdicts on a task; what is decided here is computed. *)
From Coq Require Import Lia Bool.
From ropeproof Require Export Verdicts Kinds Margins.
Import ListNotations.
Local Open Scope nat_scope.

Definition symbol_eqb (a b : symbol) : bool :=
  match a, b with
  | Name s, Name t => String.eqb s t
  | Digit y, Digit z => Z.eqb y z
  | _, _ => false
  end.
Lemma symbol_eqb_spec a b : symbol_eqb a b = true <-> a = b.
Proof.
  destruct a, b; cbn; try (split; discriminate); [rewrite String.eqb_eq|rewrite Z.eqb_eq];
    split; congruence.
Qed.
Definition same (l k : list nat) : bool := if list_eq_dec Nat.eq_dec l k then true else false.
Lemma same_spec l k : same l k = true -> l = k.
Proof. unfold same. destruct (list_eq_dec _ l k); [auto|discriminate]. Qed.

Section Task.
Variables (T : task) (tokens : list meaning).

Definition used (y : nat) : bool := match means tokens y with Padding => false | _ => true end.
Definition is_letter (y : nat) : bool := match means tokens y with Letter _ => true | _ => false end.
Definition begins (s : symbol) (y : nat) : bool :=
  match means tokens y with Pair t _ => symbol_eqb t s | _ => false end.
Definition ids : list nat := seq 0 (length tokens).

Lemma used_spec y : used y = true <-> means tokens y <> Padding.
Proof. unfold used. destruct (means tokens y); split; congruence. Qed.
Lemma letter_spec y : is_letter y = true <-> exists s, means tokens y = Letter s.
Proof.
  unfold is_letter. destruct (means tokens y); split; try discriminate; try (intros [s H]; discriminate); eauto.
Qed.
Lemma begins_spec s y : begins s y = true <-> begins_with tokens s y.
Proof.
  unfold begins, begins_with. destruct (means tokens y) as [| |t u|]; try (split; [discriminate|intros [v H]; discriminate]).
  rewrite symbol_eqb_spec. split; [intros ->; eauto|intros [v H]; congruence].
Qed.
Lemma used_id y : used y = true -> List.In y ids.
Proof.
  intros H. apply in_seq. destruct (Nat.lt_ge_cases y (length tokens)) as [L|L]; [lia|].
  unfold used, means in H. rewrite nth_overflow in H by exact L. discriminate.
Qed.

(* the inputs that end in q, of at most longest tokens *)
Definition kind_of (q longest : nat) : kind :=
  match T, means tokens q with
  | Index, Number z => {| query_token := q; places := [Z.to_nat z]; others := filter used ids |}
  | Retrieval, Pair u v =>
      {| query_token := q; places := seq 1 (longest - 1);
         others := filter (fun y => used y && negb (begins v y)) ids |}
  | _, _ => {| query_token := q; places := []; others := [] |}
  end.
Definition answers_of (q : nat) : list nat :=
  match T, means tokens q with
  | Index, Number z => if (0 <? z)%Z then filter is_letter ids else []
  | Retrieval, Pair u v => if symbol_eqb u v then [] else filter (begins v) ids
  | _, _ => []
  end.

Theorem asks_kind n x a longest : n <= longest -> asks tokens T n x a ->
  let q := last_token n x in
  (exists d, of_kind (kind_of q longest) n d a x) /\ List.In a (answers_of q) /\ List.In q ids.
Proof.
  intros Hn H q. unfold kind_of, answers_of, of_kind. destruct T.
  - destruct H as (Hpad & i & Hq & Hi & Ha & s & Hs). fold q in Hq. rewrite Hq.
    assert (Hused : forall p, p < n -> used (x p) = true) by (intros p Hp; now apply used_spec, Hpad).
    split; [|split].
    + exists i. cbn [query_token places others]. rewrite Nat2Z.id.
      split; [now left|]. split; [lia|]. split; [reflexivity|]. split; [exact Ha|].
      intros t Ht _. apply filter_In. split; [apply used_id|]; apply Hused; lia.
    + replace (0 <? Z.of_nat i)%Z with true by (symmetry; apply Z.ltb_lt; lia).
      apply filter_In. split; [apply used_id, used_spec; congruence|]. apply letter_spec. eauto.
    + apply used_id, Hused. lia.
  - destruct H as (Hpad & u & v & Hq & Huv & d & Hd & Ha & Hb & Hone). fold q in Hq. rewrite Hq.
    assert (Hused : forall p, p < n -> used (x p) = true) by (intros p Hp; now apply used_spec, Hpad).
    split; [|split].
    + exists d. cbn [query_token places others].
      split; [apply in_seq; lia|]. split; [lia|]. split; [reflexivity|]. split; [exact Ha|].
      intros t Ht Nt. apply filter_In. split; [apply used_id, Hused; lia|].
      unfold back. rewrite Hused by lia. apply negb_true_iff.
      destruct (begins v (x (n - 1 - t))) eqn:E; [|reflexivity].
      apply begins_spec in E. destruct (Hone t Ht Nt E).
    + replace (symbol_eqb u v) with false.
      2:{ symmetry. destruct (symbol_eqb u v) eqn:E; [|reflexivity]. apply symbol_eqb_spec in E. contradiction. }
      apply filter_In. split; [|now apply begins_spec]. apply used_id, used_spec.
      destruct Hb as [t Ht]. congruence.
    + apply used_id, Hused. lia.
Qed.

(* ---- claims that are made of a task; hints are listed by answer *)
Definition hinted (hints : list (nat * list hint)) (a : nat) : nat * list hint :=
  (a, flat_map snd (filter (fun h => fst h =? a) hints)).
Definition all_answers (first final q : nat) (hints : list (nat * list hint)) : range :=
  {| first := first; final := final; their_answers := map (hinted hints) (answers_of q) |}.
Definition some_answers (first final : nat) (l : list nat) (hints : list (nat * list hint)) : range :=
  {| first := first; final := final; their_answers := map (hinted hints) l |}.
Definition claims_of (q longest : nat) (l : list range) : claims :=
  {| their_kind := kind_of q longest; ranges := l |}.

(* do the claims speak of all inputs of at most n tokens that end in q? *)
Definition agrees (q n : nat) (C : claims) : bool :=
  let K := their_kind C in let L := kind_of q n in
  (query_token K =? query_token L) && same (others K) (others L) &&
  forallb (fun d => member d (places K)) (places L).
Definition reaches (lo hi : nat) (l : list nat) (R : range) : bool :=
  (first R <=? lo) && (hi <=? final R) &&
  forallb (fun a => member a (map fst (their_answers R))) l.
(* of lengths from lo to hi, and these answers? *)
Definition shown (all : list claims) (q lo hi : nat) (l : list nat) : bool :=
  existsb (fun C => agrees q hi C && existsb (reaches lo hi l) (ranges C)) all.

Section Claimed.
Variables (M : gptj) (all : list claims).
Hypothesis all_hold : forall C, List.In C all -> forall R a hints, List.In R (ranges C) ->
  List.In (a, hints) (their_answers R) -> claim_holds M (their_kind C) (first R) (final R) a.

Lemma shown_answers q lo hi l n x a : shown all q lo hi l = true -> lo <= n <= hi -> List.In a l ->
  last_token n x = q -> asks tokens T n x a -> answers M n x a.
Proof.
  intros H Hn Ha Hq Hx. unfold shown in H. apply existsb_exists in H. destruct H as (C & HC & H).
  apply andb_prop in H. destruct H as [HK HR]. apply existsb_exists in HR. destruct HR as (R & HR & H).
  unfold reaches in H. rewrite !andb_true_iff, forallb_forall in H. destruct H as [[H1 H2] H3].
  apply Nat.leb_le in H1, H2. specialize (H3 a Ha). apply member_spec, in_map_iff in H3.
  destruct H3 as ((a' & hints) & E & H3). cbn [fst] in E. subst a'.
  unfold agrees in HK. rewrite !andb_true_iff, forallb_forall in HK. destruct HK as [[K1 K2] K3].
  apply Nat.eqb_eq in K1. apply same_spec in K2.
  destruct (asks_kind n x a hi ltac:(lia) Hx) as ((d & D1 & D2 & D3 & D4 & D5) & _ & _).
  rewrite Hq in *. apply (all_hold C HC R a hints HR H3 n d x); [lia|]. repeat split.
  - apply member_spec. now apply K3.
  - exact D2.
  - congruence.
  - exact D4.
  - intros t Ht Nt. rewrite K2. now apply D5.
Qed.

Lemma asks_two n x a : asks tokens T n x a -> 2 <= n.
Proof. destruct T; [intros (_ & i & _ & Hi & _)|intros (_ & u & v & _ & _ & d & Hd & _)]; lia. Qed.

Theorem right_up_to_of q h : shown all q 2 h (answers_of q) = true -> right_up_to M T tokens q h.
Proof.
  intros H n x a Hn Hq Hx. pose proof (asks_two n x a Hx). destruct (asks_kind n x a n (Nat.le_refl n) Hx) as (_ & Ha & _).
  rewrite Hq in Ha. exact (shown_answers q 2 h _ n x a H ltac:(lia) Ha Hq Hx).
Qed.
Theorem right_at_of n q a : shown all q n n [a] = true -> right_at M T tokens n q a.
Proof.
  intros H x Hq Hx. exact (shown_answers q n n _ n x a H ltac:(lia) (or_introl eq_refl) Hq Hx).
Qed.

(* can q be asked in at most n tokens? *)
Definition askable (q n : nat) : bool := existsb (fun d => d <? n) (places (kind_of q n)).
Definition all_shown (lo hi : nat) : bool :=
  forallb (fun q => match answers_of q with
    | [] => true
    | l => if askable q hi then shown all q lo hi l else true
    end) ids.
Theorem all_answered lo hi n x a : all_shown lo hi = true -> lo <= n <= hi ->
  asks tokens T n x a -> answers M n x a.
Proof.
  intros H Hn Hx. unfold all_shown in H. rewrite forallb_forall in H.
  destruct (asks_kind n x a hi ltac:(lia) Hx) as ((d & D1 & D2 & _) & Ha & Hq).
  specialize (H _ Hq). set (q := last_token n x) in *.
  assert (Ask : askable q hi = true).
  { apply existsb_exists. exists d. split; [exact D1|]. apply Nat.ltb_lt. lia. }
  rewrite Ask in H. destruct (answers_of q) as [|b l]; [destruct Ha|].
  exact (shown_answers q lo hi _ n x a H Hn Ha eq_refl Hx).
Qed.
End Claimed.

(* ---- single inputs *)
Definition asks_word (w : list nat) (a : nat) : bool :=
  let n := length w in
  let at_back d := nth (n - 1 - d) w 0 in
  forallb used w && (0 <? n) &&
  match T, means tokens (at_back 0) with
  | Index, Number z => (0 <? z)%Z && (Z.to_nat z <? n) && (at_back (Z.to_nat z) =? a) && is_letter a
  | Retrieval, Pair u v =>
      negb (symbol_eqb u v) &&
      match filter (fun d => begins v (at_back d)) (seq 1 (n - 1)) with
      | [d] => at_back d =? a
      | _ => false
      end
  | _, _ => false
  end.
Lemma asks_word_sound w a : asks_word w a = true ->
  asks tokens T (length w) (fun p => nth p w 0) a.
Proof.
  unfold asks_word. set (n := length w). set (x := fun p => nth p w 0).
  rewrite !andb_true_iff, forallb_forall. intros [[Hu Hn] H]. apply Nat.ltb_lt in Hn.
  assert (Hpad : without_padding tokens n x).
  { intros p Hp. apply used_spec, Hu, nth_In. exact Hp. }
  rewrite Nat.sub_0_r in H. change (nth (n - 1) w 0) with (last_token n x) in H.
  unfold asks, index_asks, retrieval_asks. destruct T;
    destruct (means tokens (last_token n x)) as [s|z|u v|] eqn:E; try discriminate.
  - rewrite !andb_true_iff in H. destruct H as [[[H1 H2] H3] H4]. apply Z.ltb_lt in H1.
    apply Nat.ltb_lt in H2. apply Nat.eqb_eq in H3. split; [exact Hpad|]. exists (Z.to_nat z).
    split; [now rewrite Z2Nat.id by lia|]. split; [lia|]. split; [exact H3|]. now apply letter_spec.
  - rewrite andb_true_iff in H. destruct H as [H1 H2]. apply negb_true_iff in H1.
    destruct (filter _ (seq 1 (n - 1))) as [|d [|e l]] eqn:F; try discriminate. apply Nat.eqb_eq in H2.
    assert (Hd : forall e, List.In e [d] <-> 1 <= e < 1 + (n - 1) /\ begins v (nth (n - 1 - e) w 0) = true).
    { intros e. rewrite <- F, filter_In, in_seq. tauto. }
    destruct (proj1 (Hd d) (or_introl eq_refl)) as [D1 D2]. split; [exact Hpad|].
    exists u, v. split; [reflexivity|]. split.
    { intros G. apply symbol_eqb_spec in G. congruence. }
    exists d. split; [lia|]. split; [exact H2|]. split; [apply begins_spec; rewrite <- H2; exact D2|].
    intros e He Ne G. apply begins_spec in G.
    destruct (proj2 (Hd e)) as [G'|[]]; [split; [lia|exact G]|congruence].
Qed.

(* an input that ends in q and asks for a *)
Definition sample (n q a : nat) : list nat :=
  match T with
  | Index => repeat a (n - 1) ++ [q]
  | Retrieval => repeat q (n - 2) ++ [a; q]
  end.
Definition sampled_for (n q a : nat) : bool :=
  let w := sample n q a in (length w =? n) && (nth (n - 1) w 0 =? q) && asks_word w a.
Definition sampled (n q : nat) : bool := existsb (sampled_for n q) (firstn 1 (answers_of q)).
Theorem asked_for_of n q a : sampled_for n q a = true -> asked_for T tokens n q a.
Proof.
  unfold sampled_for. rewrite !andb_true_iff. intros [[Hn Hq] H]. apply Nat.eqb_eq in Hn, Hq.
  apply asks_word_sound in H. rewrite Hn in H. exists (fun p => nth p (sample n q a) 0).
  split; [exact Hq|exact H].
Qed.
Theorem asked_of n q : sampled n q = true -> asked T tokens n q.
Proof.
  intros H. apply existsb_exists in H. destruct H as (a & _ & H). apply asked_for_of in H.
  destruct H as [x Hx]. exists x, a. exact Hx.
Qed.
Theorem queries_asked n table : forallb (sampled n) table = true ->
  forall q, List.In q table -> asked T tokens n q.
Proof. rewrite forallb_forall. intros H q Hq. now apply asked_of, H. Qed.

(* rows of one length, each a query and an answer *)
Theorem rows_right M all :
  (forall C, List.In C all -> forall R a hints, List.In R (ranges C) ->
    List.In (a, hints) (their_answers R) -> claim_holds M (their_kind C) (first R) (final R) a) ->
  forall n table, forallb (fun e => sampled_for n (fst e) (snd e)
      && shown all (fst e) n n [snd e]) table = true ->
  forall q a, List.In (q, a) table -> asked_for T tokens n q a /\ right_at M T tokens n q a.
Proof.
  intros Hall n table H q a Hin. rewrite forallb_forall in H. specialize (H _ Hin).
  apply andb_prop in H. destruct H as [H1 H2]. split; [now apply asked_for_of|].
  exact (right_at_of M all Hall n q a H2).
Qed.

(* queries, each with the length up to which it is answered *)
Theorem horizons_right M all :
  (forall C, List.In C all -> forall R a hints, List.In R (ranges C) ->
    List.In (a, hints) (their_answers R) -> claim_holds M (their_kind C) (first R) (final R) a) ->
  forall table, forallb (fun e => sampled (snd e) (fst e)
      && shown all (fst e) 2 (snd e) (answers_of (fst e))) table = true ->
  forall q h, List.In (q, h) table -> asked T tokens h q /\ right_up_to M T tokens q h.
Proof.
  intros Hall table H q h Hin. rewrite forallb_forall in H. specialize (H _ Hin).
  apply andb_prop in H. destruct H as [H1 H2]. split; [now apply asked_of|].
  exact (right_up_to_of M all Hall q h H2).
Qed.
End Task.
