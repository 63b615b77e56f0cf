(* The whole check of two blocks of one head on induction; what a success means. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Endings.

Definition no_block : block :=
  {| ln_gain := []; ln_bias := []; q_proj := []; k_proj := []; v_proj := []; out_proj := [];
     fc_in := []; fc_in_bias := []; fc_out := []; fc_out_bias := [] |}.
Definition first_block (M : gptj) : block := nth 0 (blocks M) no_block.
Definition second_block (M : gptj) : block := nth 1 (blocks M) no_block.

(* what is known of the model before any table is made *)
Definition circuit_sane (M : gptj) : bool :=
  (length (blocks M) =? 2)%nat && (heads M =? 1)%nat && (0 <? width M)%nat &&
  (2 * planes M <=? width M)%nat && (0 <? eps_num M)%Z && (0 <=? eps_bits M)%Z &&
  (vocab M <=? length (wte M))%nat && writes_nothing (first_block M) && writes_nothing (second_block M).

Lemma circuit_sane_facts M : circuit_sane M = true ->
  blocks M = first_block M :: second_block M :: nil /\ heads M = 1%nat /\ (0 < width M)%nat /\
  (2 * planes M <= width M)%nat /\ 0 < epsilon M /\ (vocab M <= length (wte M))%nat /\
  (forall s p i, mlp M (first_block M) s p i = 0) /\ (forall s p i, mlp M (second_block M) s p i = 0).
Proof.
  unfold circuit_sane. rewrite !andb_true_iff. intros [[[[[[[[Hb Hh] Hw] Hp] He] Heb] Hv] H1] H2].
  apply Nat.eqb_eq in Hb, Hh. apply Nat.ltb_lt in Hw. apply Nat.leb_le in Hp, Hv. apply Z.ltb_lt in He.
  apply Z.leb_le in Heb. repeat split; try assumption.
  - unfold first_block, second_block. destruct (blocks M) as [|D [|E [|G l]]]; cbn in *; try discriminate. reflexivity.
  - unfold epsilon. apply Rdiv_lt_0_compat; apply IZR_lt; [exact He|]. apply Z.pow_pos_nonneg; lia.
  - now apply silent_mlp.
  - now apply silent_mlp.
Qed.

(* ---- tables of the last two tokens, with their answers *)
Definition endings_hold (M : gptj) (h : nat) (table : list (nat * nat * list nat)) : Prop :=
  forall b q answers a n, List.In (b, q, answers) table -> List.In a answers -> (3 <= n <= h)%nat ->
  induction_right_at M n b q a.
Lemma no_endings M h : endings_hold M h [].
Proof. intros b q answers a n []. Qed.
Lemma more_endings M h l k : endings_hold M h l -> endings_hold M h k -> endings_hold M h (l ++ k).
Proof. intros H G b q answers a n Hin. apply in_app_or in Hin. destruct Hin; eauto. Qed.

Definition listed (table : list (nat * nat * list nat)) (b q a : nat) : bool :=
  existsb (fun e => let '(b', q', answers) := e in
    ((b' =? b) && (q' =? q))%nat && existsb (Nat.eqb a) answers) table.
Lemma listed_spec table b q a : listed table b q a = true ->
  exists answers, List.In (b, q, answers) table /\ List.In a answers.
Proof.
  unfold listed. intros H. apply existsb_exists in H. destruct H as ([[b' q'] answers] & Hin & H).
  rewrite !andb_true_iff in H. destruct H as [[E1 E2] H]. apply Nat.eqb_eq in E1, E2. subst b' q'.
  apply existsb_exists in H. destruct H as (a' & Ha' & E). apply Nat.eqb_eq in E. subst a'. now exists answers.
Qed.

(* every two last tokens with every answer are in a table *)
Definition all_endings (V : nat) (table : list (nat * nat * list nat)) : bool :=
  forallb (fun b => forallb (fun q => (b =? q)%nat ||
    forallb (fun a => (a =? q)%nat || listed table b q a) (seq 0 V)) (seq 0 V)) (seq 0 V).
Lemma all_endings_spec V table b q a : all_endings V table = true -> (b < V)%nat -> (q < V)%nat -> (a < V)%nat ->
  b <> q -> a <> q -> listed table b q a = true.
Proof.
  unfold all_endings. intros H Hb Hq Ha Nb Na. rewrite forallb_forall in H.
  specialize (H b ltac:(apply in_seq; lia)). rewrite forallb_forall in H.
  specialize (H q ltac:(apply in_seq; lia)). apply Nat.eqb_neq in Nb, Na.
  rewrite Nb, orb_false_l, forallb_forall in H. specialize (H a ltac:(apply in_seq; lia)).
  now rewrite Na, orb_false_l in H.
Qed.

(* from endings to all inputs *)
Theorem all_inputs_right M h table : endings_hold M h table -> all_endings (vocab M) table = true ->
  induction_right_up_to M h.
Proof.
  intros H HT n x a Hn Ha. pose proof Ha as (Hr & p & Hp & Hq & Hd & Hone).
  assert (Nb : x (n - 2)%nat <> x (n - 1)%nat).
  { destruct (Nat.eq_dec (n - 2) p) as [E|E]; [lia|]. apply Hone; lia. }
  assert (Na : a <> x (n - 1)%nat) by (rewrite <- Hd; apply Hone; lia).
  assert (L : listed table (x (n - 2)%nat) (x (n - 1)%nat) a = true).
  { apply (all_endings_spec _ _ _ _ _ HT); try (apply Hr; lia); try assumption. rewrite <- Hd. apply Hr. lia. }
  apply listed_spec in L. destruct L as (answers & H1 & H2).
  exact (H _ _ _ _ _ H1 H2 Hn x eq_refl eq_refl Ha).
Qed.

(* an input that ends in b and q and asks for a *)
Definition asking (n b q a : nat) (p : nat) : nat :=
  if (p =? n - 1)%nat then q else if (p =? n - 2)%nat then b else if (p =? 0)%nat then q else a.
Theorem endings_asked M n b q a : (b < vocab M)%nat -> (q < vocab M)%nat -> (a < vocab M)%nat ->
  b <> q -> a <> q -> (4 <= n)%nat -> induction_asked M n b q a.
Proof.
  intros Hb Hq Ha Nb Na Hn. set (x := asking n b q a).
  assert (E0 : x 0%nat = q).
  { unfold x, asking. rewrite (proj2 (Nat.eqb_neq 0 (n - 1))), (proj2 (Nat.eqb_neq 0 (n - 2))) by lia. reflexivity. }
  assert (E1 : x 1%nat = a).
  { unfold x, asking. rewrite (proj2 (Nat.eqb_neq 1 (n - 1))), (proj2 (Nat.eqb_neq 1 (n - 2))) by lia. reflexivity. }
  assert (Eb : x (n - 2)%nat = b).
  { unfold x, asking. rewrite (proj2 (Nat.eqb_neq (n - 2) (n - 1))), Nat.eqb_refl by lia. reflexivity. }
  assert (Eq : x (n - 1)%nat = q) by (unfold x, asking; now rewrite Nat.eqb_refl).
  exists x. split; [exact Eb|]. split; [exact Eq|]. split.
  - intros p _. unfold x, asking. now repeat destruct (_ =? _)%nat.
  - exists 0%nat. split; [lia|]. split; [congruence|]. split; [exact E1|]. intros r Hr Nr. rewrite Eq.
    unfold x, asking. rewrite (proj2 (Nat.eqb_neq r (n - 1))) by lia.
    destruct (r =? n - 2)%nat; [exact Nb|]. now rewrite (proj2 (Nat.eqb_neq r 0)) by lia.
Qed.

(* from endings to rows: the last two tokens and an answer *)
Definition row_known (V : nat) (table : list (nat * nat * list nat)) (e : nat * nat * nat) : bool :=
  let '(b, q, a) := e in
  ((b <? V) && (q <? V) && (a <? V) && negb (b =? q) && negb (a =? q))%nat && listed table b q a.
Theorem endings_rows M n table rows : endings_hold M n table -> (4 <= n)%nat ->
  forallb (row_known (vocab M) table) rows = true -> forall b q a, List.In (b, q, a) rows ->
  induction_asked M n b q a /\ induction_right_at M n b q a.
Proof.
  intros H Hn T b q a Hin. rewrite forallb_forall in T. specialize (T _ Hin). unfold row_known in T.
  rewrite !andb_true_iff, !negb_true_iff, !Nat.ltb_lt, !Nat.eqb_neq in T.
  destruct T as [[[[[H1 H2] H3] H4] H5] L]. apply listed_spec in L. destruct L as (answers & H6 & H7).
  split; [now apply endings_asked|]. apply (H _ _ _ _ _ H6 H7). lia.
Qed.

Module CircuitCheck (F : FloatOps with Definition radix := radix2
                                   with Definition sensible_format := true).
Module Export E := Endings F.

Section Precision.
Variable prec : F.precision.
Variable M : gptj.
Definition parts : Type := list (list I.type) * list (list I.type) * list (list cell).
Definition tables (longest : nat) : parts :=
  let G := build_ground prec M (first_block M) (second_block M) longest in
  (ground_cos G, ground_sin G, make_cells prec M G).

Section Parts.
Variables (P : parts) (longest : nat).
Hypothesis M_sane : circuit_sane M = true.
Hypothesis P_built : tables longest = P.
Definition check (l : list (nat * nat * list nat)) : bool :=
  let '(cs, sn, cells) := P in forallb (endings_ok prec M longest cs sn cells) l.

Theorem check_sound l : check l = true -> endings_hold M longest l.
Proof.
  destruct (circuit_sane_facts M M_sane) as (H1 & H2 & H3 & H4 & H5 & H6 & H7 & H8).
  unfold check. rewrite <- P_built. unfold tables. set (G := build_ground _ _ _ _ _).
  assert (HG : ground_fits M (first_block M) (second_block M) longest G) by now apply build_ground_fits.
  rewrite forallb_forall. intros T b q answers a n Hin Ha Hn. specialize (T _ Hin).
  refine (endings_sound prec M (first_block M) (second_block M) longest _ _ _ H1 H2 H3 H4 H5 H8 _ _ _ _ T a Ha n Hn).
  - apply HG.
  - apply HG.
  - intros x p Hx Hp. now apply (make_cells_fit prec M _ _ longest H6 G).
Qed.
End Parts.
End Precision.

(* What a proof takes from this library, as one proposition; see [Check]. *)
Local Notation stated t := (ltac:(let T := type of t in exact T)) (only parsing).
Record soundness : Prop := {
  endings_checked : stated check_sound;
  inputs_answered : stated all_inputs_right;
  inputs_asked : stated endings_asked;
  rows_answered : stated endings_rows
}.
Theorem sound : soundness.
Proof. exact (Build_soundness check_sound all_inputs_right endings_asked endings_rows). Qed.
End CircuitCheck.
