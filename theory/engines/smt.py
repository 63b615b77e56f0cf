"""Proof by refutation: a claim holds when its negation is unsatisfiable.

One SMT-LIB text is put to two solvers, z3 and cvc5. It speaks of real unknowns,
sums, products, quotients and comparisons only. Each sine, cosine and exponential is
an unknown of its own, of which only ``sin² + cos² = 1`` and ``exp > 0`` are told, so
``unsat`` is a proof, while ``sat`` is one only where no such unknown occurs.
"""

from collections.abc import Iterable
from functools import reduce
from importlib.metadata import version

import cvc5
import sympy as sp
import z3

from theory.claim import Claim
from theory.evidence import Evidence, Verdict

SOLVERS = (f"z3 {version('z3-solver')}", f"cvc5 {version('cvc5')}")
Z3_STEPS, CVC5_STEPS = 20_000_000, 1_000_000
TRANSLATOR = "our SMT-LIB translator"


def refute(claim: Claim) -> Evidence:
    """Ask both solvers for a counterexample; an integer symbol is taken as a real.

    Each solver gives up after a fixed number of its own steps, not of seconds, so that
    its answer does not depend on the machine.
    """
    text, atoms = question(claim)
    answers = dict(zip(SOLVERS, (_ask_z3(text), _ask_cvc5(text)), strict=True))
    replies = {who: answer for who, (answer, _) in answers.items()}
    plain = all(isinstance(a, sp.Symbol | sp.Indexed) and not a.is_integer for a in atoms)
    spoke = tuple(who for who, answer in replies.items() if answer != "unknown")
    match sorted({replies[who] for who in spoke}):
        case ["unsat"]:
            verdict = Verdict.PROVED
        case ["sat"] if plain:
            verdict = Verdict.REFUTED
        case _:  # silence, a model of unknowns that need not be real angles, or disagreement
            verdict = Verdict.UNDECIDED
    model = next((m for _, m in answers.values() if m), {})
    return Evidence(
        verdict=verdict,
        trusts=(*(spoke or SOLVERS), TRANSLATOR),
        of=claim,
        detail=", ".join(f"{who}: {answer}" for who, answer in replies.items()),
        witness=model if verdict is Verdict.REFUTED else {},
        conflict={"sat", "unsat"} <= set(replies.values()),
    )


def question(claim: Claim) -> tuple[str, tuple[sp.Basic, ...]]:
    """The SMT-LIB text that asks for a counterexample, and the unknowns it speaks of."""
    expanded = [_expand(r) for r in (claim.conclusion, *claim.given)]
    conclusion, *given = expanded
    seen: dict[sp.Basic, str] = {}
    asserted = [*(_term(g, seen) for g in given), f"(not {_term(conclusion, seen)})"]
    facts = list(_facts(seen))
    return "\n".join(
        [
            "(set-logic QF_NRA)",
            *(f"(declare-const {name} Real)" for name in seen.values()),
            *(f"(assert {a})" for a in (*facts, *asserted)),
        ]
    ), tuple(seen)


def _expand(relation: sp.Basic) -> sp.Basic:
    return relation.func(*(sp.expand_trig(sp.expand(a)) for a in relation.args), evaluate=False)


def _facts(seen: dict[sp.Basic, str]) -> Iterable[str]:
    angles = dict.fromkeys(t.args[0] for t in list(seen) if isinstance(t, sp.sin | sp.cos))
    for angle in angles:
        s, c = (_term(f(angle), seen) for f in (sp.sin, sp.cos))
        yield f"(= (+ (* {s} {s}) (* {c} {c})) 1)"
    for t, name in seen.items():
        if isinstance(t, sp.exp):
            yield f"(> {name} 0)"
        if t == sp.pi:
            yield f"(and (< 3 {name}) (< (* 7 {name}) 22))"


def _term(e: sp.Basic, seen: dict[sp.Basic, str]) -> str:
    def joined(head: str, parts: Iterable[sp.Basic]) -> str:
        return f"({head} {' '.join(_term(p, seen) for p in parts)})"

    match e:
        case sp.Integer():
            return str(e) if e >= 0 else f"(- {-e})"
        case sp.Rational():
            return f"(/ {_term(sp.Integer(e.p), seen)} {e.q})"
        case sp.Symbol() | sp.Indexed() | sp.sin() | sp.cos() | sp.exp() | sp.pi:
            return seen.setdefault(e, f"|{e}|")
        case sp.Add():
            return joined("+", e.args)
        case sp.Mul():
            return joined("*", e.args)
        case sp.Pow(base=base, exp=sp.Integer() as n) if n < 0:
            return f"(/ 1 {_term(base ** (-n), seen)})"
        case sp.Pow(base=base, exp=sp.Integer() as n):
            return joined("*", [base] * int(n))
        case sp.Min(args=args) | sp.Max(args=args):
            order = "<=" if isinstance(e, sp.Min) else ">="
            terms = [_term(a, seen) for a in args]
            return reduce(lambda a, b: f"(ite ({order} {a} {b}) {a} {b})", terms)
        case sp.Abs(args=(inner,)):
            term = _term(inner, seen)
            return f"(ite (>= {term} 0) {term} (- {term}))"
        case sp.Eq():
            return joined("=", e.args)
        case sp.StrictLessThan() | sp.StrictGreaterThan():
            return joined("<", (e.lts, e.gts))
        case sp.LessThan() | sp.GreaterThan():
            return joined("<=", (e.lts, e.gts))
    raise NotImplementedError(f"no SMT-LIB translation for {type(e).__name__}: {e}")


_Answer = tuple[str, dict[str, str]]


def _ask_z3(text: str) -> _Answer:
    solver = z3.Solver()
    solver.set("rlimit", Z3_STEPS)
    solver.from_string(text)
    answer = str(solver.check())
    if answer != "sat":
        return answer, {}
    model = solver.model()
    return answer, {str(d.name()): str(model[d]) for d in model.decls()}


def _ask_cvc5(text: str) -> _Answer:
    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    solver.setOption("rlimit-per", str(CVC5_STEPS))
    symbols = cvc5.SymbolManager(manager)
    parser = cvc5.InputParser(solver, symbols)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "claim")
    while not (command := parser.nextCommand()).isNull():
        command.invoke(solver, symbols)
    result = solver.checkSat()
    return "sat" if result.isSat() else "unsat" if result.isUnsat() else "unknown", {}
