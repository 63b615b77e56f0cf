(* The check of claims about several heads by one threshold for each head; its soundness. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export HeadViews TaskKinds.

(* A leaf of a tree names, for each head, the token of its focus and its threshold in these units. *)
Definition threshold_bits : Z := 32.
Definition threshold (l : list (nat * Z)) (h : nat) : R :=
  IZR (nth h (map snd l) 0%Z) / IZR (2 ^ threshold_bits).
Definition focused (l : list (nat * Z)) (h : nat) : nat := nth h (map fst l) 0%nat.

Module HeadClaims (F : FloatOps with Definition radix := radix2
                                 with Definition sensible_format := true).
Module Export V := HeadViews F.

Section Precision.
Variable prec : F.precision.
Variables (M : gptj) (B : block).
Notation W := (width M).
Notation H := (heads M).

Hypothesis one_block : blocks M = B :: nil.
Hypothesis width_pos : (0 < W)%nat.
Hypothesis heads_fill : (H * head_dim M)%nat = W.
Hypothesis planes_fit : (2 * planes M <= head_dim M)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.

Variable P : several.
Hypothesis P_fits : fit_several M B P.

(* readings of what heads write and their negatives from below, which are computed once *)
Definition head_lows : list (list (list F.type)) := map (map (map I.lower)) (several_linear P).
Definition head_minus_lows : list (list (list F.type)) :=
  map (map (map (fun i => I.lower (I.neg i)))) (several_linear P).
Definition lows_of (A : list (list (list F.type))) (h c : nat) : list F.type := low_row (nth h A []) c.
Variables lo neg : list (list (list F.type)).
Hypothesis lo_low : forall h c, lows (lows_of lo h c) (fun y => reads M c (head_written M B h y)).
Hypothesis neg_low : forall h c, lows (lows_of neg h c) (fun y => - reads M c (head_written M B h y)).

Section Query.
Variables (K : kind) (Q : asking) (views : list view).
Notation q := (query_token K).
Hypothesis Q_fits : fit_asking M B Q.
Hypothesis Q_token : asking_token Q = q.
Definition no_view : view := head_view K 0 [].
Notation view_of h := (nth h views no_view).
Hypothesis views_fit : forall h, (h < H)%nat -> view_fits K (view_of h) (head_mass M B h q).
Variable longest : nat.

(* ---- a focus: one token for each head *)
Fixpoint rows_total (n : nat) (g : nat -> list I.type) : list I.type :=
  match n with
  | O => repeat I.zero W
  | S k => plus prec (g O) (rows_total k (fun i => g (S i)))
  end.
Lemma vec_rows_total n : forall g f, (forall h, vec (g h) (f h)) ->
  vec (rows_total n g) (fun i => sum n (fun h => f h i)).
Proof.
  induction n as [|n IH]; intros g f G; cbn [rows_total sum].
  - intros i. unfold at1. generalize W. intros w. revert i.
    induction w as [|w IH]; intros [|i]; cbn; [exact (In_nai 0)|exact (In_nai 0)|exact In_zero|apply IH].
  - apply vec_plus; [apply G|]. apply (IH _ (fun h => f (S h))). intros h. apply G.
Qed.

Record aim := {
  aim_spread : I.type;                (* of the focus *)
  aim_direct : I.type;                (* of what the query adds, along the focus, and epsilon *)
  aim_along : list (list F.type);     (* heads x tokens: along the focus, from below *)
  aim_minus_off : list (list F.type)  (* heads x tokens: how far off it, negative, from below *)
}.
Definition aim_at (refs : list nat) : aim :=
  let at_ref h := row (of_head (several_written P) h) (nth h refs 0%nat) in
  let f := plus prec (asking_direct Q) (rows_total H at_ref) in
  let off h y := plus prec y (map I.neg (at_ref h)) in
  {| aim_spread := I.sqrt prec (I.add prec (c_cross prec M f f) (c_epsilon prec M));
     aim_direct := I.add prec (c_cross prec M (asking_direct Q) f) (c_epsilon prec M);
     aim_along := table H (fun h => map (fun y => I.lower (c_cross prec M y f))
       (of_head (several_written P) h));
     aim_minus_off := table H (fun h => map (fun y => let d := off h y in
       I.lower (I.neg (I.sqrt prec (c_cross prec M d d)))) (of_head (several_written P) h)) |}.

(* what is said of a focus r *)
Definition in_focus (r : nat -> nat) (i : nat) : R :=
  direct M B q i + combined H (fun _ => 1) (fun h => head_written M B h (r h)) i.
Record aims (A : aim) (r : nat -> nat) : Prop := {
  spread_in : In (aim_spread A) (spread M (in_focus r));
  direct_in : In (aim_direct A) (cross M (direct M B q) (in_focus r) + epsilon M);
  along_low : forall h, lows (low_row (aim_along A) h)
    (fun y => cross M (head_written M B h y) (in_focus r));
  off_low : forall h, lows (low_row (aim_minus_off A) h) (fun y => - size M (off_focus M B r h y))
}.

Lemma table_lows g (f : nat -> nat -> R) : (forall h, lows (g h) (f h)) ->
  forall h, lows (low_row (table H g) h) (f h).
Proof.
  intros G h. unfold low_row, table. destruct (Nat.lt_ge_cases h H) as [L|L].
  - rewrite (nth_indep _ [] (g 0%nat)) by now rewrite map_length, seq_length.
    rewrite (map_nth g), seq_nth by exact L. apply G.
  - rewrite nth_overflow by now rewrite map_length, seq_length. apply lows_nil.
Qed.
Lemma rows_lows (k : list I.type -> I.type) (A : list (list I.type)) (a : nat -> nat -> R) f :
  mat A a -> (forall v y, vec v (a y) -> In (k v) (f y)) ->
  lows (map (fun v => I.lower (k v)) A) f.
Proof.
  intros HA Hk. rewrite <- (map_map k I.lower). apply lows_map_lower.
  apply (vec_of _ A []). intros y _. apply Hk, HA.
Qed.

Lemma aim_at_aims refs : aims (aim_at refs) (fun h => nth h refs 0%nat).
Proof.
  set (r := fun h => nth h refs 0%nat). destruct P_fits as (_ & HW & _). destruct Q_fits as (_ & HD & _).
  rewrite Q_token in HD. unfold aim_at. set (at_ref := fun h => row _ _).
  assert (Hr : forall h, vec (at_ref h) (head_written M B h (r h))) by (intros h; apply HW).
  set (f := plus prec _ _). assert (Hf : vec f (in_focus r)).
  { unfold f, in_focus, combined.
    apply vec_plus; [exact HD|]. eapply vec_ext; [|exact (vec_rows_total H _ _ Hr)].
    intros i. apply sum_ext. intros. ring. }
  constructor; cbn [aim_spread aim_direct aim_along aim_minus_off].
  - apply In_sqrt, In_add; [now apply In_cross|apply In_epsilon].
  - apply In_add; [now apply In_cross|apply In_epsilon].
  - apply table_lows. intros h. apply (rows_lows _ _ _ _ (HW h)). intros v y Hv. now apply In_cross.
  - apply (table_lows _ (fun h y => - size M (off_focus M B r h y))). intros h.
    apply (rows_lows _ _ _ _ (HW h)). intros v y Hv. apply In_neg, In_sqrt.
    assert (Hd : vec (plus prec v (map I.neg (at_ref h))) (off_focus M B r h y)).
    { unfold off_focus. apply vec_plus; [exact Hv|].
      apply (vec_map _ Ropp); [intros; now apply In_neg|apply Hr]. }
    now apply In_cross.
Qed.

(* ---- one leaf: a threshold for each head, at all lengths of a range *)
Definition shift (l : list (nat * Z)) (h : nat) : I.type :=
  I.div prec (I.fromZ prec (nth h (map snd l) 0%Z)) (I.fromZ prec (2 ^ threshold_bits)).
Definition shifts_total (l : list (nat * Z)) : I.type := total prec H (table H (shift l)).
Lemma In_shift l h : In (shift l h) (threshold l h).
Proof. apply In_div; apply In_Z. Qed.
Lemma In_shifts_total l : In (shifts_total l) (sum H (threshold l)).
Proof. apply In_total, vec_table. intros. apply In_shift. Qed.

(* what each token adds for one head, but for its threshold *)
Definition head_values (l : list (nat * Z)) (a c : nat) (k : F.type * F.type) (extra : list (list F.type))
    (h : nat) : list F.type :=
  let under := I.lower (I.neg (shift l h)) in
  zip (fun u v => F.add_DN prec (F.add_DN prec u under) (times_below prec k v))
    (zip (F.add_DN prec) (lows_of lo h a) (lows_of neg h c)) (low_row extra h).
Definition every_head (l : list (nat * Z)) (a c : nat) (k : F.type * F.type) (extra : list (list F.type))
    (fixed : list (nat * nat)) (from upto : nat) (opens : list bool) : bool :=
  forallb (fun h => succeeds prec K (view_of h) a (head_values l a c k extra h) F.zero fixed from upto opens)
    (seq 0 H).
Definition head_leaf (a : nat) (A : aim) (l : list (nat * Z)) (fixed : list (nat * nat)) (from upto : nat)
    (opens : list bool) (c : nat) : bool :=
  let b := I.sub prec (at1 (several_bias P) a) (at1 (several_bias P) c) in
  let own := I.sub prec (at1 (asking_reads Q) a) (at1 (asking_reads Q) c) in
  let first := I.add prec own (shifts_total l) in
  if nonneg b then
    let k := I.div prec b (aim_spread A) in
    if fine k && nonneg (I.add prec first (I.mul prec k (aim_direct A)))
    then every_head l a c (ends k) (aim_along A) fixed from upto opens else false
  else
    let k := I.abs b in
    if fine k && nonneg (I.sub prec first (I.mul prec k (aim_spread A)))
    then every_head l a c (ends k) (aim_minus_off A) fixed from upto opens else false.

Section Leaf.
Variables (a c : nat) (l : list (nat * Z)) (A : aim).
Variables (fixed : list (nat * nat)) (from upto : nat) (opens : list bool).
Hypothesis A_aims : aims A (focused l).
Hypothesis leaf_true : head_leaf a A l fixed from upto opens c = true.
Variables (n d : nat) (x : nat -> nat).
Notation token := (back n x).
Hypothesis in_range : (from <= n <= upto)%nat.
Hypothesis d_pos : (0 < d < n)%nat.
Hypothesis d_open : nth (d - 1) opens false = true.
Hypothesis asks_q : last_token n x = q.
Hypothesis answer_there : token d = a.
Hypothesis others_here : forall t, (0 < t < n)%nat -> t <> d -> List.In (token t) (others K).
Hypothesis fixed_there : forall e, List.In e fixed -> token (fst e) = snd e /\ (0 < fst e)%nat.

Lemma values_low k kr extra w h : held k kr -> (forall h, lows (low_row extra h) (w h)) ->
  lows (head_values l a c k extra h)
    (fun y => above M a c (head_written M B h y) + kr * w h y - threshold l h).
Proof.
  intros Hk Hw. unfold head_values.
  apply (lows_ext _ (fun y => (reads M a (head_written M B h y) + - reads M c (head_written M B h y)
    + - threshold l h) + kr * w h y)); [intros y; unfold above; ring|].
  apply (lows_zip _ (fun u v => (u + - threshold l h) + kr * v) _ _
    (fun y => reads M a (head_written M B h y) + - reads M c (head_written M B h y)) (w h)); [|
    apply (lows_zip _ Rplus); [intros; now apply below_add|apply lo_low|apply neg_low]|apply Hw].
  intros u v ur vr Hu Hv. apply below_add; [|now apply below_times]. apply below_add; [exact Hu|].
  apply lower_below, In_neg, In_shift.
Qed.
Lemma every_head_positive k kr extra w : held k kr -> (forall h, lows (low_row extra h) (w h)) ->
  every_head l a c k extra fixed from upto opens = true -> forall h, (h < H)%nat ->
  0 < sum n (fun t => head_masses M B n x h t *
    (above M a c (head_written M B h (token t)) + kr * w h (token t) - threshold l h)).
Proof.
  intros Hk Hw He h Hh. unfold every_head in He. rewrite forallb_forall in He.
  specialize (He h ltac:(apply in_seq; lia)).
  pose proof (sum_positive prec K (view_of h) (head_mass M B h q) (views_fit h Hh) a fixed from upto opens n d x
    in_range d_pos d_open asks_q answer_there others_here fixed_there _ _
    (values_low k kr extra w h Hk Hw) He) as S.
  unfold head_masses. rewrite asks_q. exact S.
Qed.

Theorem head_leaf_sound : logit M n x c < logit M n x a.
Proof.
  pose proof leaf_true as T. unfold head_leaf in T. set (b := I.sub prec (at1 (several_bias P) a) _) in T.
  set (first := I.add prec _ (shifts_total l)) in T.
  assert (Hb : In b (bias M a - bias M c)) by (apply In_sub; apply P_fits).
  assert (H1 : In first (above M a c (direct M B q) + sum H (threshold l))).
  { apply In_add; [|apply In_shifts_total]. destruct Q_fits as (_ & _ & HR). rewrite Q_token in HR.
    apply In_sub; apply HR. }
  assert (n_pos : (0 < n)%nat) by lia.
  assert (EF : forall i, focus M B n x (focused l) i = in_focus (focused l) i).
  { intros i. unfold focus, in_focus. now rewrite asks_q. }
  destruct A_aims as [HS HD HA HO].
  destruct (nonneg b) eqn:High.
  - set (k := I.div prec b (aim_spread A)) in T. destruct (fine k && _) eqn:E; [|discriminate].
    apply andb_prop in E. destruct E as [Fk Pn]. set (kr := (bias M a - bias M c) / spread M (in_focus (focused l))).
    assert (Ik : In k kr) by (apply In_div; [exact Hb|exact HS]).
    assert (Hk : held (ends k) kr) by now apply fine_held.
    apply (answer_along M B one_block width_pos heads_fill planes_fit epsilon_pos n x n_pos (focused l) a c (threshold l)).
    + exact (nonneg_correct _ _ High Hb).
    + rewrite asks_q. rewrite (spread_ext M _ _ (fun i _ => EF i)).
      rewrite (cross_ext M _ _ _ _ (fun i _ => eq_refl) (fun i _ => EF i)). fold kr.
      pose proof (nonneg_correct _ _ Pn (In_add _ _ _ _ _ H1 (In_mul _ _ _ _ _ Ik HD))) as S. lra.
    + intros h Hh. rewrite (spread_ext M _ _ (fun i _ => EF i)). fold kr.
      rewrite (sum_ext n _ (fun t => head_masses M B n x h t * (above M a c (head_written M B h (token t))
        + kr * cross M (head_written M B h (token t)) (in_focus (focused l)) - threshold l h))).
      * exact (every_head_positive _ kr _ _ Hk HA T h Hh).
      * intros t _. now rewrite (cross_ext M _ _ _ _ (fun i _ => eq_refl) (fun i _ => EF i)).
  - set (k := I.abs b) in T. destruct (fine k && _) eqn:E; [|discriminate].
    apply andb_prop in E. destruct E as [Fk Pn]. set (kr := Rabs (bias M a - bias M c)).
    assert (Ik : In k kr) by (apply In_abs; exact Hb).
    assert (Hk : held (ends k) kr) by now apply fine_held.
    apply (answer_off M B one_block width_pos heads_fill planes_fit epsilon_pos n x n_pos (focused l) a c (threshold l)).
    + rewrite asks_q. rewrite (spread_ext M _ _ (fun i _ => EF i)). fold kr.
      pose proof (nonneg_correct _ _ Pn (In_sub _ _ _ _ _ H1 (In_mul _ _ _ _ _ Ik HS))) as S. lra.
    + intros h Hh. fold kr.
      rewrite (sum_ext n _ (fun t => head_masses M B n x h t * (above M a c (head_written M B h (token t))
        + kr * - size M (off_focus M B (focused l) h (token t)) - threshold l h))) by (intros; ring).
      exact (every_head_positive _ kr _ _ Hk HO T h Hh).
Qed.
End Leaf.

(* ---- splits by the token that stands at a distance *)
Definition opens_at (places : list nat) : list bool := map (fun t => member t places) (seq 1 (longest - 1)).
Lemma opens_at_place l d upto : List.In d l -> (0 < d)%nat -> (d < upto)%nat -> (upto <= longest)%nat ->
  nth (d - 1) (opens_at l) false = true.
Proof.
  clear. intros Hd H0 H1 H2. unfold opens_at.
  rewrite (nth_indep _ _ (member 0 l)) by (rewrite map_length, seq_length; lia).
  rewrite (map_nth (fun t => member t l)), seq_nth by lia. apply member_spec.
  now replace (1 + (d - 1))%nat with d by lia.
Qed.

(* an aim for these tokens: the one at hand if it is that *)
Definition aim_for (known : list nat) (A : aim) (refs : list nat) : aim :=
  if same refs known then A else aim_at refs.
Lemma aim_for_aims known A l : A = aim_at known -> aims (aim_for known A (map fst l)) (focused l).
Proof.
  intros ->. unfold aim_for. destruct (same (map fst l) known) eqn:E.
  - apply same_spec in E. subst known. exact (aim_at_aims (map fst l)).
  - exact (aim_at_aims (map fst l)).
Qed.

Section Tree.
Variables (a c from upto : nat) (places : list nat) (opens : list bool) (known : list nat) (A : aim).
Fixpoint head_tree_ok (fixed : list (nat * nat)) (T : tree) : bool :=
  match T with
  | Leaf l => head_leaf a (aim_for known A (map fst l)) l fixed from upto opens c
  | Split s branches =>
      (0 <? s)%nat && (s <? from)%nat && negb (member s places) &&
      forallb (fun y => member y (map fst branches)) (others K) &&
      (fix all l := match l with
        | [] => true
        | (y, U) :: l => if head_tree_ok ((s, y) :: fixed) U then all l else false
        end) branches
  end.
Lemma branches_ok s fixed (branches : list (nat * tree)) :
  (fix all l := match l with
    | [] => true
    | (y, U) :: l => if head_tree_ok ((s, y) :: fixed) U then all l else false
    end) branches = true ->
  forall y U, List.In (y, U) branches -> head_tree_ok ((s, y) :: fixed) U = true.
Proof.
  induction branches as [|[z U'] l IH]; intros T y U Hin; [destruct Hin|].
  destruct (head_tree_ok ((s, z) :: fixed) U') eqn:E; [|discriminate].
  destruct Hin as [G|Hin]; [injection G as <- <-; exact E|now apply IH].
Qed.

Hypothesis A_known : A = aim_at known.
Hypothesis places_pos : forall d, List.In d places -> (0 < d)%nat.
Hypothesis places_open : forall d, List.In d places -> (d < upto)%nat -> nth (d - 1) opens false = true.

Lemma head_tree_sound : forall T fixed, head_tree_ok fixed T = true ->
  (forall e, List.In e fixed -> (0 < fst e)%nat) ->
  forall n d x, (from <= n <= upto)%nat -> List.In d places -> (d < n)%nat ->
  last_token n x = q -> back n x d = a ->
  (forall t, (0 < t < n)%nat -> t <> d -> List.In (back n x t) (others K)) ->
  (forall e, List.In e fixed -> back n x (fst e) = snd e) ->
  logit M n x c < logit M n x a.
Proof.
  refine (tree_rect_deep _ _ _).
  - intros l fixed T Hf n d x Hn Hd Hdn Hq Ha Ho He. cbn [head_tree_ok] in T.
    pose proof (places_pos d Hd) as Hd0.
    apply (head_leaf_sound a c l _ fixed from upto opens (aim_for_aims known A l A_known) T n d x);
      try assumption; [lia|apply places_open; [exact Hd|lia]|].
    intros e Hi. split; [now apply He|now apply Hf].
  - intros s branches IH fixed T Hf n d x Hn Hd Hdn Hq Ha Ho He. cbn [head_tree_ok] in T.
    rewrite !andb_true_iff in T. destruct T as [[[[H0 H1] H2] H3] H4].
    apply Nat.ltb_lt in H0, H1. apply negb_true_iff, not_member in H2. rewrite forallb_forall in H3.
    assert (Hs : List.In (back n x s) (others K)).
    { apply Ho; [lia|]. intros ->. contradiction. }
    specialize (H3 _ Hs). apply member_spec in H3. apply in_map_iff in H3. destruct H3 as ((y & U) & Ey & HU).
    cbn [fst] in Ey. subst y.
    apply (IH _ U HU ((s, back n x s) :: fixed) (branches_ok s fixed branches H4 _ _ HU)) with d; try assumption.
    + intros e [<-|G]; [exact H0|now apply Hf].
    + intros e [<-|G]; [reflexivity|now apply He].
Qed.
End Tree.

(* ---- one answer and one rival, over a range of lengths *)
Definition head_attempt_ok (a c : nat) (known : list nat) (A : aim) (t : attempt) : bool :=
  (upto t <=? longest)%nat && forallb (fun d => 0 <? d)%nat (at_places t) &&
  head_tree_ok a c (from t) (upto t) (at_places t) (opens_at (at_places t)) known A [] (by_tree t).
Definition rival_ok (a first final : nat) (hints : list hint) (known : list nat) (A : aim) (c : nat) : bool :=
  match find (fun h => against h =? c)%nat hints with
  | None => false
  | Some h => forallb (head_attempt_ok a c known A) (attempts h) && covered K first final (attempts h)
  end.
Definition head_answer_ok (first final : nat) (answer : nat * list hint) : bool :=
  let (a, hints) := answer in
  let known := repeat a H in
  let A := aim_at known in
  forallb (fun c => if (c =? a)%nat then true else rival_ok a first final hints known A c) (seq 0 (vocab M)).
Definition head_range_ok (R : range) : bool :=
  forallb (head_answer_ok (first R) (final R)) (their_answers R).

Lemma head_range_sound R a hints : head_range_ok R = true ->
  List.In (a, hints) (their_answers R) -> claim_holds M K (first R) (final R) a.
Proof.
  unfold head_range_ok. rewrite forallb_forall. intros T Ha. specialize (T _ Ha). unfold head_answer_ok in T.
  rewrite forallb_forall in T. intros n d x Hn (Hd & Hdn & Hq & Hxa & Ho) c Hc Hca.
  specialize (T c ltac:(apply in_seq; lia)). destruct (Nat.eqb_spec c a) as [E|_]; [contradiction|].
  unfold rival_ok in T. destruct (find _ hints) as [h|]; [|discriminate].
  apply andb_prop in T. destruct T as [Hall Hcov]. rewrite forallb_forall in Hall.
  unfold covered in Hcov. rewrite forallb_forall in Hcov. specialize (Hcov n ltac:(apply in_seq; lia)).
  rewrite forallb_forall in Hcov. specialize (Hcov d Hd).
  rewrite (proj2 (Nat.ltb_lt d n) Hdn) in Hcov. apply existsb_exists in Hcov.
  destruct Hcov as (t & Ht & Hc'). unfold covers in Hc'. rewrite !andb_true_iff in Hc'.
  destruct Hc' as [[C1 C2] C3]. apply Nat.leb_le in C1, C2. apply member_spec in C3.
  specialize (Hall t Ht). unfold head_attempt_ok in Hall. rewrite !andb_true_iff, forallb_forall in Hall.
  destruct Hall as [[U Pos] Tok]. apply Nat.leb_le in U.
  assert (Pos' : forall d, List.In d (at_places t) -> (0 < d)%nat).
  { intros e He. apply Nat.ltb_lt. now apply Pos. }
  apply (head_tree_sound a c (from t) (upto t) (at_places t) (opens_at (at_places t)) (repeat a H)
    (aim_at (repeat a H)) eq_refl Pos') with (by_tree t) [] d; try assumption; try lia.
  - intros e He L. apply (opens_at_place _ e (upto t)); auto.
  - intros e [].
  - intros e [].
Qed.
End Query.

(* ---- all claims of some queries *)
Definition head_views (K : kind) (Q : asking) (longest : nat) : list view :=
  table H (fun h => head_view K (length (of_head (several_keys P) h)) (head_rows prec M P Q h longest)).
Definition head_views_sane (K : kind) (views : list view) : bool :=
  forallb (fun h => head_view_sane K (length (of_head (several_keys P) h)) (nth h views (no_view K))) (seq 0 H).
Lemma head_views_fit K Q longest : fit_asking M B Q -> asking_token Q = query_token K ->
  head_views_sane K (head_views K Q longest) = true -> forall h, (h < H)%nat ->
  view_fits K (nth h (head_views K Q longest) (no_view K)) (head_mass M B h (query_token K)).
Proof.
  intros FQ Et Hs h Hh. unfold head_views_sane in Hs. rewrite forallb_forall in Hs.
  specialize (Hs h ltac:(apply in_seq; lia)). unfold head_views, table in *.
  set (g := fun h => head_view K _ _) in *.
  rewrite (nth_indep _ (no_view K) (g 0%nat)) in * by now rewrite map_length, seq_length.
  rewrite (map_nth g), seq_nth in * by exact Hh. apply head_view_fits; [|exact Hs].
  rewrite <- Et. now apply head_masses_fit.
Qed.

Definition head_claims_ok (C : claims) : bool :=
  let K := their_kind C in
  match find (fun Q => asking_token Q =? query_token K)%nat (several_asking P) with
  | None => false
  | Some Q =>
      let n := longest C in
      let views := head_views K Q n in
      head_views_sane K views && forallb (head_range_ok K Q views n) (ranges C)
  end.
Lemma head_claims_sound C : head_claims_ok C = true -> forall R a hints, List.In R (ranges C) ->
  List.In (a, hints) (their_answers R) -> claim_holds M (their_kind C) (first R) (final R) a.
Proof.
  unfold head_claims_ok. set (K := their_kind C). destruct (find _ (several_asking P)) as [Q|] eqn:E; [|discriminate].
  apply find_some in E. destruct E as [HQ Et]. apply Nat.eqb_eq in Et.
  pose proof P_fits as (_ & _ & _ & _ & _ & _ & FQ). specialize (FQ Q HQ).
  rewrite !andb_true_iff. intros [Hs Hr] R a hints HR Ha. rewrite forallb_forall in Hr.
  exact (head_range_sound K Q (head_views K Q (longest C)) FQ Et (head_views_fit K Q _ FQ Et Hs) (longest C)
    R a hints (Hr R HR) Ha).
Qed.
End Precision.
End HeadClaims.
