"""Lets the kernel of Coq show what a certificate claims of a checkpoint."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from empirical.certificates.document import text_of
from empirical.certificates.one_layer.prover import Prover
from empirical.certificates.several_heads.branch_and_bound import LARGEST
from empirical.certificates.several_heads.prover import prover_of
from empirical.files import checkpoint as files
from empirical.files.checkpoint import Checkpoint
from empirical.kernel_proofs import (
    assumed,
    building,
    read_back,
    read_circuit_statement,
    read_statement,
)
from empirical.kernel_proofs.building import Built, Source
from empirical.kernel_proofs.check_source import (
    Checker,
    Numbers,
    certified_source,
    claims_source,
    library_source,
    parts_source,
    proof_source,
    witnesses_source,
)
from empirical.kernel_proofs.circuit_source import CIRCUIT_CHECKER, circuit_library, circuit_written
from empirical.kernel_proofs.circuit_statement import CircuitClaims, circuit_claims
from empirical.kernel_proofs.claims import Claims, claims_of
from empirical.kernel_proofs.head_hints import HeadInputs, head_hints
from empirical.kernel_proofs.hints import Hint, hints
from empirical.kernel_proofs.model_source import model_source
from empirical.kernel_proofs.statement import statement
from empirical.kernel_proofs.token_source import token_source
from empirical.recheck.certificate import Certificate, Induction, OneHop, Specified
from empirical.recheck.checkpoint import Checkpoint as CheckedCheckpoint
from empirical.recheck.checkpoint import read_checkpoint
from empirical.recheck.failures import Malformed
from empirical.recheck.task import INDUCTION
from theory.kernel import assumptions, coqc
from theory.kernel.coqc import Coq, Limits
from theory.refusal import Refusal

WORK = 3_000_000
"""Answers × classes × lengths that one file checks; a query is never parted."""

Tick = Callable[[str, int, int], object]


@dataclass(frozen=True)
class ReadBack:
    """What other code than that which wrote it read back and found the same.

    Attributes:
        weights: numbers of ``Model.v`` that are those of ``model.safetensors``.
        tokens: entries of ``Tokens.v`` that are those of ``task.json``.
        stated: rows and horizons of ``Statement.v`` that are those of the certificate.
        definitions: files under the statement that are those that were read and tested.
    """

    weights: int
    tokens: int
    stated: int
    definitions: int


@dataclass(frozen=True)
class KernelOutcome:
    """What the kernel said of a certificate.

    Attributes:
        claims: what it was asked to show.
        read: what was read back before it was asked.
        statement: a hash of the theorem, and of the weights, tokens and definitions in it.
        checker: the file of the kernel's library that checked it.
        obstacle: why it did not accept it, in one line; empty if it did.
        assumed: the axioms that the proof rests on.
        seconds: by file, how long ``coqc`` ran; 0 if the file was compiled before.
    """

    claims: Claims | CircuitClaims
    read: ReadBack
    statement: str
    checker: str
    obstacle: str
    assumed: tuple[str, ...]
    seconds: dict[str, float]


def compiler() -> Coq:
    """The compiler of Coq.

    Raises:
        Refusal: there is none.
    """
    coq = coqc.installed()
    if coq is None:
        raise Refusal(f"the proof kernel needs coqc, which was not found: {coqc.INSTALL}")
    return coq


def refuse_unless_askable(checkpoint: Checkpoint, arithmetic: str) -> None:
    """Refuse what the kernel cannot be asked about, before anything is searched.

    Args:
        checkpoint: the checkpoint.
        arithmetic: of its certificate.

    Raises:
        Refusal: there is no compiler of Coq, or the model has another shape.
    """
    compiler()
    config, task = checkpoint.config, checkpoint.task
    of_induction = task is not None and task.name == INDUCTION
    circuit = of_induction and (config.n_layer, config.n_head) == (2, 1)
    if not circuit and (config.n_layer != 1 or config.n_head > LARGEST):
        raise Refusal(
            f"{checkpoint.path} has {config.n_layer} layers of {config.n_head} heads: the kernel "
            f"is asked about one layer of at most {LARGEST} heads, and about induction in two "
            "layers of one head"
        )
    if arithmetic != OneHop.REAL:
        raise Refusal("the kernel is asked about real arithmetic: leave --arithmetic out")


def prove(
    certificate: Certificate,
    directory: Path,
    *,
    numbers: Numbers = Numbers.MACHINE_FLOATS,
    limits: Limits = coqc.USUAL,
    processes: int = 1,
    keep: Path | None = None,
    tick: Tick = lambda what, done, total: None,
) -> KernelOutcome:
    """Write what a certificate claims of a checkpoint for the kernel, and let it check that.

    Args:
        certificate: of one block, or of induction in two.
        directory: the checkpoint that it speaks of.
        numbers: what the check computes with.
        limits: of each run of ``coqc``.
        processes: how many run at a time.
        keep: a folder to write the files of Coq to.
        tick: called with what is done, and the number of steps done and of all steps.

    Raises:
        Refusal: there is no compiler; the certificate speaks of something else; what is written is
            not what the files of the checkpoint and the certificate say.
    """
    coq = compiler()
    asked = _asked_for(certificate, directory, numbers, tick)
    every = [asked.library, *asked.certified.all_needed, asked.certified]
    texts = {source.name: source.text for source in every}
    read = asked.held_against(texts, text_of(certificate), directory)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (keep / f"{name}.v").write_text(text)
    built = building.build(
        coq,
        [asked.library, asked.certified],
        limits,
        processes,
        lambda d, n: tick("asking the kernel", d, n),
    )
    statement_hash = next(source.digest for source in every if source.name == "Statement")
    return _outcome(asked, read, statement_hash, built, numbers)


@dataclass(frozen=True)
class _Question:
    """What the kernel is asked.

    Attributes:
        claims: what it is asked to show.
        checker: the file of the kernel's library that checks it.
        library: the file that finds what the library's theorems assume.
        certified: the last of the files, with all that it needs.
        held_against: reads the files back.
    """

    claims: Claims | CircuitClaims
    checker: str
    library: Source
    certified: Source
    held_against: Callable[[Mapping[str, str], str, Path], ReadBack]


def _asked_for(
    certificate: Certificate, directory: Path, numbers: Numbers, tick: Tick
) -> _Question:
    """The files for a certificate of one block, or of induction in two."""
    if isinstance(certificate.claims, Induction):
        return _circuit(certificate, certificate.claims, directory, numbers)
    claims = claims_of(certificate, _its_checkpoint(certificate, directory).task)
    checker = _checker(directory, numbers)
    return _Question(
        claims,
        checker.file,
        Source("Library", library_source(checker)),
        written(claims, directory, numbers, lambda d, n: tick("choosing hints", d, n)),
        held_against,
    )


def _circuit(
    certificate: Certificate, content: Induction, directory: Path, numbers: Numbers
) -> _Question:
    """The files for a certificate of induction."""
    if numbers is not Numbers.MACHINE_FLOATS:
        raise Refusal(
            f"two layers are checked with {Numbers.MACHINE_FLOATS}, not with {numbers}: "
            "leave --kernel-numbers out"
        )
    _its_checkpoint(certificate, directory)
    checkpoint = files.read(directory)
    config = checkpoint.config
    if (config.n_layer, config.n_head) != (2, 1):
        raise Refusal(f"{directory} is not of two layers of one head, as its certificate is")
    claims = circuit_claims(content, config.vocab_size)
    return _Question(
        claims,
        CIRCUIT_CHECKER,
        circuit_library(),
        circuit_written(claims, checkpoint),
        circuit_held_against,
    )


def held_against(texts: Mapping[str, str], certificate: str, directory: Path) -> ReadBack:
    """Read back what the theorem speaks of, and hold it against what it should be.

    Args:
        texts: the files of Coq by name.
        certificate: its text.
        directory: the checkpoint that it speaks of.

    Raises:
        Refusal: something else is written.
    """
    return ReadBack(
        weights=read_back.hold_model_against(texts["Model"], directory),
        tokens=read_back.hold_tokens_against(texts["Tokens"], directory),
        stated=read_statement.hold_statement_against(texts["Statement"], certificate, directory),
        definitions=read_statement.hold_meaning(),
    )


def circuit_held_against(texts: Mapping[str, str], certificate: str, directory: Path) -> ReadBack:
    """The same as ``held_against`` of a theorem about induction, which speaks of no token list.

    Args:
        texts: the files of Coq by name.
        certificate: its text.
        directory: the checkpoint that it speaks of.

    Raises:
        Refusal: something else is written.
    """
    return ReadBack(
        weights=read_back.hold_model_against(texts["Model"], directory),
        tokens=0,
        stated=read_circuit_statement.hold_circuit_statement_against(
            texts["Statement"], certificate, directory
        ),
        definitions=read_circuit_statement.hold_circuit_meaning(),
    )


def _its_checkpoint(certificate: Certificate, directory: Path) -> CheckedCheckpoint:
    """The checkpoint in a directory, of which the certificate has to be."""
    if isinstance(certificate.claims, Specified):
        raise Refusal(
            "the kernel is asked about tasks: this certificate is of a specification, which "
            "`ropeproof recheck` shows without --kernel"
        )
    try:
        checkpoint = read_checkpoint(directory)
    except Malformed as malformed:
        raise Refusal(str(malformed)) from malformed
    for name, digest in certificate.files.items():
        if digest != checkpoint.sha256[name]:
            raise Refusal(
                f"the certificate speaks of another checkpoint: {name} differs; name the directory "
                "that it was made for"
            )
    return checkpoint


def written(
    claims: Claims,
    directory: Path,
    numbers: Numbers,
    tick: Callable[[int, int], object] = lambda done, total: None,
) -> Source:
    """The last of the files of Coq, with all that it needs.

    Args:
        claims: what is claimed.
        directory: the checkpoint.
        numbers: what the check computes with.
        tick: called with the number of queries done and of all queries.

    Raises:
        Refusal: the checkpoint is not of one block.
    """
    checkpoint = files.read(directory)
    checker = _checker(directory, numbers)
    machine = numbers is not Numbers.BINARY_INTEGERS
    model = Source("Model", model_source(checkpoint, machine))
    tokens = Source("Tokens", token_source(claims.task.entries))
    parts = Source("Parts", parts_source(claims.queries, claims.longest, checker), (model,))
    asked = Source("Statement", statement(claims), (model, tokens))
    checks = [
        Source(f"Claims_{group[0]}", claims_source(claims, hinted, checker), (parts, tokens))
        for group, hinted in _hinted(claims, prover_of(checkpoint, seconds=0.0), tick)
    ]
    witnesses = (
        [Source("Witnesses", witnesses_source(claims.wrong, checker), (parts,))]
        if claims.wrong
        else []
    )
    needs = [asked, *witnesses, *checks]  # witnesses may take longest: they are begun first
    names = [check.name for check in checks]
    proof = Source("Proof", proof_source(claims, names, checker), tuple(needs))
    return Source("Certified", certified_source(checker), (asked, proof))


def _checker(directory: Path, numbers: Numbers) -> Checker:
    """What checks a model of so many heads as a directory holds."""
    return Checker(numbers, files.read(directory).config.n_head)


def _hinted(
    claims: Claims, prover: Prover, tick: Callable[[int, int], object]
) -> Iterator[tuple[list[int], dict[int, Sequence[Hint]]]]:
    """The queries of each file, and the hints of each query."""
    groups = _groups(claims)
    total = sum(map(len, groups))
    done = 0
    for group in groups:
        hinted: dict[int, Sequence[Hint]] = {}
        for query in group:
            tick(done, total)
            hinted[query] = tuple(_hints(claims, prover, query))
            done += 1
        yield group, hinted
    tick(total, total)


def _groups(claims: Claims) -> list[list[int]]:
    """The queries of which something is right, those of one file together."""
    groups: list[list[int]] = []
    work = 0.0
    for query in sorted({*claims.horizons, *(query for query, _ in claims.right)}):
        domain = claims.domain(query)
        assert domain is not None
        own = len(domain.answers) * len(claims.task.entries) * claims.longest
        if not groups or work + own > WORK:
            groups.append([])
            work = 0
        groups[-1].append(query)
        work += own
    return groups


def _hints(claims: Claims, prover: Prover, query: int) -> Iterator[Hint]:
    """The hints for the horizon and the rows of one query."""
    horizon = claims.horizons.get(query, 0)
    answers = [answer for asked, answer in claims.right if asked == query]
    for last, first, chosen in ((horizon, 2, None), (claims.length, claims.length, answers)):
        if last == 0 or (first > 2 and (claims.length <= horizon or not answers)):
            continue
        domain = next(d for d in prover.domains(last) if d.query == query)
        wanted = domain.answers.tolist() if chosen is None else chosen
        if prover.model.config.n_head > 1:
            yield from head_hints(HeadInputs(prover.model, domain, last), wanted, first, last)
        else:
            yield from hints(prover.model.tables(query), domain, wanted, first, last)


def _outcome(
    asked: _Question,
    read: ReadBack,
    statement_hash: str,
    built: dict[str, Built],
    numbers: Numbers,
) -> KernelOutcome:
    """What the kernel said, from what it said of each file."""
    seconds = {name: one.seconds for name, one in built.items()}

    def outcome(obstacle: str, rests_on: Iterable[str]) -> KernelOutcome:
        return KernelOutcome(
            asked.claims, read, statement_hash, asked.checker, obstacle, tuple(rests_on), seconds
        )

    for name, one in built.items():
        if one.obstacle:
            return outcome(f"{name}.v, {one.obstacle}", ())
    outputs = [built[name].output for name in ("Library", "Certified")]
    rests_on = sorted({name for output in outputs for name in assumptions.read(output)})
    strange = sorted(set(rests_on) - assumed.ALLOWED[numbers])
    return outcome(f"it assumes {strange[0]}" if strange else "", rests_on)
