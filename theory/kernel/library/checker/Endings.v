(* The check of two blocks of one head on induction, by the last two tokens and the answer; its soundness. *)
From Coq Require Import Lia Lra.
From ropeproof Require Export Cells Induction.
Open Scope R_scope.

Module Endings (F : FloatOps with Definition radix := radix2
                              with Definition sensible_format := true).
Module Export Y := Cells F.

(* ---- the least of some lower bounds *)
Definition valid (l : F.type) : Prop := F.valid_lb l = true.
Lemma valid_nan : valid F.nan.
Proof. exact (proj1 (nan_below 0)). Qed.
Lemma below_valid l x : below l x -> valid l.
Proof. intros H. exact (proj1 H). Qed.
Fixpoint least (l : list F.type) : F.type :=
  match l with [] => F.nan | [v] => v | v :: l => F.min v (least l) end.
Lemma least_valid l : (forall v, List.In v l -> valid v) -> valid (least l).
Proof.
  induction l as [|v l IH]; intros H; [apply valid_nan|]. destruct l as [|w l]; [apply H; now left|].
  change (least (v :: w :: l)) with (F.min v (least (w :: l))).
  apply min_valid; [apply H; now left|]. apply IH. intros. apply H. now right.
Qed.
Lemma least_below l v x : (forall v, List.In v l -> valid v) -> List.In v l -> below v x -> below (least l) x.
Proof.
  induction l as [|u l IH]; [intros _ []|]. intros H Hv B. destruct l as [|w l].
  - destruct Hv as [->|[]]. exact B.
  - change (least (u :: w :: l)) with (F.min u (least (w :: l))). destruct Hv as [->|Hv].
    + apply below_min_l; [exact B|]. apply least_valid. intros. apply H. now right.
    + apply below_min_r; [apply H; now left|]. apply IH; auto. intros. apply H. now right.
Qed.

Section Precision.
Variable prec : F.precision.
Variables (M : gptj) (B C : block).
Notation W := (width M).
Notation V := (vocab M).
Variable longest : nat.
Variables (cs sn : list (list I.type)) (cells : list (list cell)).

(* ---- masses of one query: distances x rows x tokens *)
Definition held_or_none (i : I.type) : option (F.type * F.type) := if fine i then Some (ends i) else None.
Definition holds_mass (e : option (F.type * F.type)) (x : R) : Prop :=
  match e with Some m => held m x | None => True end.
Definition weigh (e : option (F.type * F.type)) (g : F.type) : F.type :=
  match e with
  | Some m => let v := times_below prec m g in if F.valid_lb v then v else F.nan
  | None => F.nan
  end.
Lemma weigh_below e g x y : holds_mass e x -> below g y -> below (weigh e g) (x * y).
Proof.
  destruct e as [m|]; intros H G; [|apply nan_below]. cbn [weigh].
  pose proof (below_times prec m g x y H G) as L. now rewrite (proj1 L).
Qed.
Lemma weigh_valid e g : valid (weigh e g).
Proof.
  destruct e as [m|]; [|apply valid_nan]. cbn [weigh]. unfold valid.
  destruct (F.valid_lb (times_below prec m g)) eqn:E; [exact E|apply valid_nan].
Qed.
Lemma mass_held i x : In i x -> holds_mass (held_or_none i) x.
Proof.
  intros H. unfold held_or_none. destruct (fine i) eqn:E; [|exact Logic.I]. now apply fine_held.
Qed.

Definition amplitudes_of (query : list I.type) : list (list (list I.type * list I.type * I.type)) :=
  map (map (fun k => pair_amplitudes prec M query (cell_key k))) cells.
Definition masses_at (root : I.type) (t : nat) (amps : list (list (list I.type * list I.type * I.type))) :
    list (list (option (F.type * F.type))) :=
  let c := row cs t in let s := row sn t in
  map (map (fun am => held_or_none (mass_of prec M root c s am))) amps.
Definition all_masses (query : list I.type) : list (list (list (option (F.type * F.type)))) :=
  let root := I.sqrt prec (natural prec W) in
  let amps := amplitudes_of query in
  table longest (fun t => masses_at root t amps).

(* entries of tables of tables *)
Definition entry {X} (d : X) (A : list (list X)) (r b : nat) : X := nth b (nth r A []) d.
Lemma entry_map {X Z} (h : X -> Z) dx dz A r b (P : Z -> Prop) :
  P dz -> P (h (entry dx A r b)) -> P (entry dz (map (map h) A) r b).
Proof.
  intros H0 H. unfold entry in *. change [] with (map h []). rewrite map_nth.
  revert H. generalize (nth r A []). intros l. revert b.
  induction l as [|a l IH]; intros [|b] H; cbn in *; auto.
Qed.
Lemma zip_nth {X Y Z} (h : X -> Y -> Z) dx dy dz l k i (P : Z -> Prop) :
  P dz -> P (h (nth i l dx) (nth i k dy)) -> P (nth i (zip h l k) dz).
Proof.
  intros H0. revert k i. induction l as [|a l IH]; intros [|c k] [|i] H; cbn in *; auto.
Qed.
Lemma entry_zip {X Y Z} (h : X -> Y -> Z) dx dy dz A D r b (P : Z -> Prop) :
  P dz -> P (h (entry dx A r b) (entry dy D r b)) -> P (entry dz (zip (zip h) A D) r b).
Proof.
  intros H0 H. unfold entry in *.
  apply (zip_nth (zip h) [] [] [] A D r (fun l => P (nth b l dz))); [now destruct b|].
  now apply (zip_nth h dx dy dz).
Qed.

(* ---- what each cell counts for an answer against all rivals at once *)
Definition rivals (a : nat) : list nat := filter (fun c => negb (c =? a)%nat) (seq 0 V).
Definition gain (others : list nat) (a : nat) (own counts : list F.type) : F.type :=
  least (map (fun c => F.add_DN prec (low own c) (low counts c)) others).
Definition gains (a : nat) (own : list F.type) : list (list F.type) :=
  let others := rivals a in
  map (map (fun k => gain others a own (low_list (cell_counts k) a))) cells.
Definition terms (a : nat) (own : list F.type) (masses : list (list (list (option (F.type * F.type))))) :
    list (list (list F.type)) :=
  let g := gains a own in map (fun m => zip (zip weigh) m g) masses.

(* ---- which tokens may stand where *)
Section Ending.
Variables (b q a : nat).   (* the last two tokens, and the answer *)
Definition free : list nat := filter (fun y => negb (y =? q)%nat) (seq 0 V).
(* the token at p of n, if the answer is at d *)
Definition known (n d p : nat) : option nat :=
  if (p =? n - 1)%nat then Some q else if (p =? d)%nat then Some a
  else if (S p =? d)%nat then Some q else if (p =? n - 2)%nat then Some b else None.
Definition options (k : option nat) : list nat := match k with Some y => [y] | None => free end.
Definition least_at (T : list (list F.type)) (rows columns : list nat) : F.type :=
  least (flat_map (fun r => let l := nth r T [] in map (fun y => nth y l F.nan) columns) rows).
Definition least_here (n d p : nat) (T : list (list F.type)) (anywhere : F.type) : F.type :=
  match p with
  | O => least_at T [V] (options (known n d 0))
  | S r =>
    match known n d r, known n d p with
    | None, None => anywhere
    | u, v => least_at T (options u) (options v)
    end
  end.
Definition added_up (n d : nat) (every : list (list (list F.type) * F.type)) : F.type :=
  fold_right (fun p s => let '(T, anywhere) := nth (n - 1 - p) every ([], F.nan) in
    F.add_DN prec (least_here n d p T anywhere) s) F.zero (seq 0 n).
Definition ending_ok (own : list F.type) (masses : list (list (list (option (F.type * F.type))))) : bool :=
  let every := map (fun T => (T, least_at T free free)) (terms a own masses) in
  forallb (fun n => forallb (fun d =>
    if ((d =? n - 2) && negb (a =? b))%nat then true else above_zero (added_up n d every))
    (seq 1 (n - 2))) (seq 3 (longest - 2)).
End Ending.

(* the last two tokens with their answers *)
Definition endings_ok (e : nat * nat * list nat) : bool :=
  let '(b, q, answers) := e in
  let here := cell_at cells b q in
  let masses := all_masses (cell_query here) in
  negb (b =? q)%nat && (b <? V)%nat &&
  forallb (fun a => (a <? V)%nat && negb (a =? q)%nat && ending_ok b q a (low_list (cell_owns here) a) masses) answers.

(* ---- soundness *)
Hypothesis two_blocks : blocks M = B :: C :: nil.
Hypothesis one_head : heads M = 1%nat.
Hypothesis width_pos : (0 < W)%nat.
Hypothesis planes_fit : (2 * planes M <= W)%nat.
Hypothesis epsilon_pos : 0 < epsilon M.
Hypothesis first_silent : forall s p i, mlp M B s p i = 0.
Hypothesis second_silent : forall s p i, mlp M C s p i = 0.
Hypothesis cs_fit : mat cs (fun t f => cos (INR t * angle M f)).
Hypothesis sn_fit : mat sn (fun t f => sin (INR t * angle M f)).
Hypothesis cells_fit : forall x p, (forall r, (r <= p)%nat -> (x r < V)%nat) -> (p < longest)%nat ->
  cell_fits M B C (cell_at cells (row_of M (prior x p)) (x p)) x p.

Section Input.
Variables (n : nat) (x : nat -> nat) (place b q a : nat).
Hypothesis n_short : (3 <= n <= longest)%nat.
Hypothesis in_range : forall p, (p < n)%nat -> (x p < V)%nat.
Hypothesis place_early : (place + 2 < n)%nat.
Hypothesis place_asks : x place = q.
Hypothesis answer_next : x (place + 1)%nat = a.
Hypothesis alone : forall r, (r < n - 1)%nat -> r <> place -> x r <> q.
Hypothesis ends_b : x (n - 2)%nat = b.
Hypothesis ends_q : x (n - 1)%nat = q.
Notation last := (n - 1)%nat.
Notation d := (place + 1)%nat.
Notation cell_of p := (cell_at cells (row_of M (prior x p)) (x p)).

Lemma fits p : (p < n)%nat -> cell_fits M B C (cell_of p) x p.
Proof. intros H. apply cells_fit; [intros; apply in_range; lia|lia]. Qed.
Lemma last_cell : cell_of last = cell_at cells b q.
Proof.
  rewrite ends_q. f_equal. replace last with (S (n - 2)) by lia. cbn [prior row_of]. exact ends_b.
Qed.

Lemma last_fits : cell_fits M B C (cell_at cells b q) x last.
Proof. rewrite <- last_cell. apply fits. lia. Qed.

Lemma mass_entry p : (p < n)%nat ->
  holds_mass (entry None (nth (last - p) (all_masses (cell_query (cell_at cells b q))) []) (row_of M (prior x p)) (x p))
    (second_mass M B C x last p).
Proof.
  intros Hp. unfold all_masses. rewrite nth_table by lia. unfold masses_at. set (query := cell_query _).
  assert (G : forall k, cell_fits M B C k x p -> holds_mass (held_or_none (mass_of prec M
    (I.sqrt prec (natural prec W)) (row cs (last - p)) (row sn (last - p))
    (pair_amplitudes prec M query (cell_key k)))) (second_mass M B C x last p)).
  { intros k Hk. apply mass_held.
    apply (In_mass_of prec M query (cell_key k) (GPTJ.query M C (first_stream M B x) last)
      (key M C (first_stream M B x) p)); [apply last_fits|apply Hk|apply cs_fit|apply sn_fit]. }
  apply (entry_map _ (pair_amplitudes prec M query (cell_key no_cell)) None _ _ _
    (fun e => holds_mass e (second_mass M B C x last p))); [exact Logic.I|]. unfold amplitudes_of.
  apply (entry_map _ no_cell _ _ _ _ (fun am => holds_mass (held_or_none (mass_of prec M
    (I.sqrt prec (natural prec W)) (row cs (last - p)) (row sn (last - p)) am)) (second_mass M B C x last p))).
  - apply G, no_cell_fits.
  - apply G. now apply fits.
Qed.

Section Rival.
Variable c : nat.
Hypothesis c_class : (c < V)%nat.
Hypothesis c_rival : c <> a.
Hypothesis a_class : (a < V)%nat.
Notation own := (low_list (cell_owns (cell_at cells b q)) a).
Notation Ts := (terms a own (all_masses (cell_query (cell_at cells b q)))).

Lemma gain_entry p : (p < n)%nat ->
  below (entry F.nan (gains a own) (row_of M (prior x p)) (x p)) (counted M B C x n a c p).
Proof.
  intros Hp. unfold gains. apply (entry_map _ no_cell F.nan _ _ _ (fun l => below l (counted M B C x n a c p)));
    [apply nan_below|]. pose proof (fits p Hp) as Hf. fold (cell_at cells (row_of M (prior x p)) (x p)).
  unfold gain.
  assert (G : forall e, below (F.add_DN prec (low own e) (low (low_list (cell_counts (cell_of p)) a) e))
    (counted M B C x n a e p)).
  { intros e. unfold counted. apply below_add; [apply (owns_low _ _ _ _ _ _ last_fits a a_class e)|].
    apply (counts_fit _ _ _ _ _ _ Hf a a_class e). }
  apply (least_below _ (F.add_DN prec (low own c) (low (low_list (cell_counts (cell_of p)) a) c))).
  - intros v Hv. apply in_map_iff in Hv. destruct Hv as (e & <- & _). exact (below_valid _ _ (G e)).
  - apply in_map_iff. exists c. split; [reflexivity|]. unfold rivals. apply filter_In. split.
    + apply in_seq. lia.
    + apply negb_true_iff, Nat.eqb_neq. exact c_rival.
  - apply G.
Qed.

Lemma terms_at t : (t < longest)%nat -> nth t Ts [] =
  zip (zip weigh) (nth t (all_masses (cell_query (cell_at cells b q))) []) (gains a own).
Proof.
  intros Ht. unfold terms. set (g := gains a own). set (ms := all_masses _).
  assert (L : (t < length ms)%nat) by (unfold ms, all_masses, table; now rewrite map_length, seq_length).
  rewrite (nth_indep _ _ (zip (zip weigh) [] g)) by now rewrite map_length.
  exact (map_nth (fun m => zip (zip weigh) m g) ms [] t).
Qed.
Lemma term_entry p : (p < n)%nat -> below (entry F.nan (nth (last - p) Ts []) (row_of M (prior x p)) (x p))
  (second_mass M B C x last p * counted M B C x n a c p).
Proof.
  intros Hp. rewrite terms_at by lia.
  apply (entry_zip weigh None F.nan F.nan _ _ _ _
    (fun l => below l (second_mass M B C x last p * counted M B C x n a c p))); [apply nan_below|].
  apply weigh_below; [now apply mass_entry|now apply gain_entry].
Qed.
Lemma term_valid t r y : (t < longest)%nat -> valid (entry F.nan (nth t Ts []) r y).
Proof.
  intros Ht. rewrite terms_at by exact Ht.
  apply (entry_zip weigh None F.nan F.nan); [apply valid_nan|apply weigh_valid].
Qed.

Lemma least_at_below t rows columns r y v : (t < longest)%nat -> List.In r rows -> List.In y columns ->
  below (entry F.nan (nth t Ts []) r y) v -> below (least_at (nth t Ts []) rows columns) v.
Proof.
  intros Ht Hr Hy H. unfold least_at. apply (least_below _ (entry F.nan (nth t Ts []) r y)); [| |exact H].
  - intros w Hw. apply in_flat_map in Hw. destruct Hw as (r' & _ & Hw). apply in_map_iff in Hw.
    destruct Hw as (y' & <- & _). exact (term_valid t r' y' Ht).
  - apply in_flat_map. exists r. split; [exact Hr|]. apply in_map_iff. exists y. split; [reflexivity|exact Hy].
Qed.

Lemma allowed p : (p < n)%nat -> List.In (x p) (options q (known b q a n d p)).
Proof.
  intros Hp. unfold known.
  destruct (Nat.eqb_spec p last) as [->|N1]; [left; now symmetry|].
  destruct (Nat.eqb_spec p d) as [->|N2]; [left; now symmetry|].
  destruct (Nat.eqb_spec (S p) d) as [E|N3].
  { left. replace p with place by lia. now symmetry. }
  destruct (Nat.eqb_spec p (n - 2)) as [->|N4]; [left; now symmetry|].
  unfold options, free. apply filter_In. split.
  - apply in_seq. pose proof (in_range p Hp). lia.
  - apply negb_true_iff, Nat.eqb_neq. apply alone; lia.
Qed.

Definition every : list (list (list F.type) * F.type) :=
  map (fun T => (T, least_at T (free q) (free q))) Ts.
Lemma every_at t : (t < longest)%nat ->
  nth t every ([], F.nan) = (nth t Ts [], least_at (nth t Ts []) (free q) (free q)).
Proof.
  intros Ht. unfold every. set (h := fun T => (T, least_at T (free q) (free q))).
  rewrite (nth_indep _ _ (h [])); [exact (map_nth h Ts [] t)|].
  unfold terms, all_masses, table. now rewrite !map_length, seq_length.
Qed.

Lemma least_here_below p : (p < n)%nat ->
  below (least_here b q a n d p (nth (last - p) Ts []) (least_at (nth (last - p) Ts []) (free q) (free q)))
    (second_mass M B C x last p * counted M B C x n a c p).
Proof.
  intros Hp. pose proof (term_entry p Hp) as H. pose proof (allowed p Hp) as Hy. unfold least_here.
  destruct p as [|r].
  - apply (least_at_below _ _ _ V (x 0%nat)); [lia|now left|exact Hy|exact H].
  - pose proof (allowed r ltac:(lia)) as Hr. cbn [prior row_of] in H.
    assert (G : below (least_at (nth (last - S r) Ts []) (options q (known b q a n d r))
      (options q (known b q a n d (S r)))) (second_mass M B C x last (S r) * counted M B C x n a c (S r))).
    { apply (least_at_below _ _ _ (x r) (x (S r))); [lia|exact Hr|exact Hy|exact H]. }
    destruct (known b q a n d r), (known b q a n d (S r)); exact G.
Qed.

Lemma folded_below (g : nat -> F.type) f : forall k s, (forall p, (s <= p < s + k)%nat -> below (g p) (f p)) ->
  below (fold_right (fun p u => F.add_DN prec (g p) u) F.zero (seq s k)) (sum k (fun i => f (s + i)%nat)).
Proof.
  induction k as [|k IH]; intros s H; cbn [seq fold_right sum].
  - apply below_of; [rewrite F.valid_lb_correct, zero_class; reflexivity|]. rewrite F.zero_correct. lra.
  - rewrite Nat.add_0_r. apply below_add; [apply H; lia|].
    rewrite (sum_ext k _ (fun i => f (S s + i)%nat)) by (intros; f_equal; lia). apply IH. intros. apply H. lia.
Qed.

Theorem ending_sound : ending_ok b q a own (all_masses (cell_query (cell_at cells b q))) = true ->
  logit M n x c < logit M n x a.
Proof.
  intros T. unfold ending_ok in T. fold every in T. rewrite forallb_forall in T.
  specialize (T n ltac:(apply in_seq; lia)). rewrite forallb_forall in T.
  specialize (T d ltac:(apply in_seq; lia)). destruct ((d =? n - 2)%nat && negb (a =? b)%nat) eqn:E.
  - exfalso. apply andb_prop in E. destruct E as [E1 E2]. apply Nat.eqb_eq in E1.
    apply negb_true_iff, Nat.eqb_neq in E2. apply E2. rewrite <- answer_next, E1. exact ends_b.
  - apply (two_blocks_answer M B C); try assumption; [lia|].
    apply (above_zero_correct _ _ T). unfold added_up.
    set (g := fun p => least_here b q a n d p (nth (last - p) Ts [])
      (least_at (nth (last - p) Ts []) (free q) (free q))).
    assert (S : forall l s, fold_right (fun p s => let '(T, anywhere) := nth (n - 1 - p) every ([], F.nan) in
      F.add_DN prec (least_here b q a n d p T anywhere) s) s l =
      fold_right (fun p u => F.add_DN prec (g p) u) s l).
    { induction l as [|p l IH]; intros s; cbn [fold_right]; [reflexivity|].
      rewrite every_at by lia. now rewrite IH. }
    rewrite S. apply (folded_below g (fun p => second_mass M B C x last p * counted M B C x n a c p) n 0).
    intros p Hp. apply least_here_below. lia.
Qed.
End Rival.
End Input.

Theorem endings_sound e : endings_ok e = true -> let '(b, q, answers) := e in
  forall a, List.In a answers -> forall n, (3 <= n <= longest)%nat -> induction_right_at M n b q a.
Proof.
  destruct e as [[b q] answers]. unfold endings_ok. rewrite !andb_true_iff, forallb_forall.
  intros [[Hbq Hb] H] a Ha n Hn x Eb Eq (Hr & place & Hp & Hq & Hd & Hone) c Hc Hca.
  specialize (H a Ha). rewrite !andb_true_iff in H. destruct H as [[Ha1 Ha2] H].
  apply Nat.ltb_lt in Ha1. rewrite Eq in *.
  apply (ending_sound n x place b q a); try assumption.
Qed.
End Precision.
End Endings.
