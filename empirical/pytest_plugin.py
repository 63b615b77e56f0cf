"""A pytest plugin: the fixture ``ropeproof`` asserts facts about heads and models.

::

    pytest_plugins = "empirical.pytest_plugin"  # in conftest.py

    def test_my_model(ropeproof):
        ropeproof.pure("my-checkpoint", "5.1", "symbolic", gamma=0.1)
        ropeproof.certified("my-checkpoint", length=32)
        ropeproof.obeys("my-checkpoint")

A failure gives its reason: the score, the input that is answered wrongly, or the violated bound.
UNDECIDED is a failure too. Bad input raises ``Refusal``. Before a test uses the fixture only pytest
is imported.
"""

from os import PathLike
from pathlib import Path

import pytest

Directory = str | PathLike[str]


@pytest.fixture(scope="session")
def ropeproof() -> "Facts":
    """Returns assertions about checkpoints and sentences, each with its reason when it fails."""
    return Facts()


class Facts:
    """The assertions. Every method fails the test with the reason, or returns nothing."""

    def certified(self, directory: Directory, length: int) -> None:
        """Assert that a one-layer model is right on every input of a length.

        The certificate is in real arithmetic on the stored weights and shown by the checker, as
        ``ropeproof certify`` does it.

        Args:
            directory: of the checkpoint.
            length: tokens per input.
        """
        from empirical.certificates.document import checked
        from empirical.certificates.one_layer.prover import Prover, certify
        from empirical.files import checkpoint
        from empirical.recheck.certificate import OneHop, Verdict

        __tracebackhide__ = True
        model = checkpoint.read(Path(directory))
        prover = Prover(model)
        content = certify(prover, model.sha256, length, None, lambda done, total: None)
        verified = checked(content, model.path)
        entries, claims = prover.task.entries, verified.certificate.claims
        assert isinstance(claims, OneHop)
        for row in claims.rows:
            if row.verdict is Verdict.PROVED:
                continue
            case = f"{directory} at {length} tokens, query {entries[row.query]!r}"
            if row.refutation is None:
                differ = "".join(
                    f"\nsearch and checker differ: {line}" for line in verified.differences
                )
                pytest.fail(f"{case}: UNDECIDED for the answer {entries[row.answer]!r}{differ}")
            tokens = " ".join(str(entries[token]) for token in row.refutation.witness)
            pytest.fail(
                f"{case}: it answers {entries[row.refutation.rival]!r} where "
                f"{entries[row.answer]!r} is right, by {-row.refutation.margin:.4g}, on\n{tokens}"
            )

    def pure(
        self,
        directory: Directory,
        head: str,
        behaviour: str,
        gamma: float = 0.1,
        inputs: int = 200,
    ) -> None:
        """Assert that a head is purely ``positional`` or ``symbolic`` at γ on the last token.

        Args:
            directory: a GPT-J checkpoint.
            head: layer and head index, such as ``5.1``, counted from 0.
            behaviour: ``positional`` or ``symbolic``.
            gamma: γ, below 1/2; one score must be at least 1 − γ and the other at most γ.
            inputs: number of inputs of the checkpoint's task.
        """
        from empirical.files import checkpoint
        from empirical.models.gptj import GPTJ
        from empirical.scores import queries
        from empirical.scores.purity import purity
        from empirical.scores.table import score
        from theory.refusal import Refusal

        __tracebackhide__ = True
        if behaviour not in ("positional", "symbolic"):
            raise Refusal(f"no behaviour is called {behaviour!r}: give positional or symbolic")
        if not 0 < gamma < 0.5:
            raise Refusal(f"γ is {gamma}: give a number between 0 and 1/2, such as 0.1")
        model = checkpoint.read(Path(directory))
        rows = score(GPTJ.of(model.config, model.weights), queries.draw(model, inputs))
        named = {f"{row.layer}.{row.head}": row for row in rows if row.query == "last"}
        if head not in named:
            raise Refusal(f"{directory} has no head {head!r}: name one of {', '.join(named)}")
        row = named[head]
        if purity(row.positional, row.symbolic, gamma) != behaviour:
            pytest.fail(
                f"head {head} of {directory} is not purely {behaviour} at γ = {gamma:g}: "
                f"positional {row.positional:.4f}, symbolic {row.symbolic:.4f}, "
                f"over {row.inputs} inputs"
            )

    def obeys(self, directory: Directory, lengths: tuple[int, ...] | None = None) -> None:
        """Assert that every prediction that a theorem makes of a checkpoint holds.

        Args:
            directory: of the checkpoint.
            lengths: tokens per input; by default 1, 2, 4 and 16 times the longest trained on.
        """
        from empirical.files import checkpoint
        from empirical.predictions import predict
        from empirical.predictions.prediction import PredictionOutcome
        from empirical.predictions.subject import Subject

        __tracebackhide__ = True
        violated = [
            f"{row.name} {row.where}: {row.outcome.value}, measured {row.measured:.6g}, "
            f"not {row.relation} {row.bound:.6g} ({row.theorem})"
            for row in predict(Subject.of(checkpoint.read(Path(directory)), lengths))
            if row.outcome is not PredictionOutcome.PASS and not row.observation
        ]
        if violated:
            pytest.fail(f"{directory} violates {len(violated)} predictions\n" + "\n".join(violated))

    def proved(self, name: str) -> None:
        """Assert that a sentence of the ledger ends as expected and its false variants are refuted.

        Args:
            name: of the sentence.
        """
        from theory.ledger import find, judge

        __tracebackhide__ = True
        judgement = judge(find([name])[0])
        if not judgement.as_expected:
            missed = [label for label, rejected in judgement.rejected.items() if not rejected]
            pytest.fail(
                f"{name} ended {judgement.verdict.value}; false variants not refuted: {missed}"
            )
