"""A pytest plugin: the fixture ``ropeproof`` asserts facts about heads and models.

::

    pytest_plugins = "empirical.pytest_plugin"  # in conftest.py

    def test_my_model(ropeproof):
        ropeproof.pure("my-checkpoint", "5.1", "symbolic", gamma=0.1)
        ropeproof.certified("my-checkpoint", length=32)
        ropeproof.obeys("my-checkpoint")

A failure says why: the score, the input that is answered wrongly, the bound that is broken. What
is not decided fails too. Bad input raises ``Refusal``. Only pytest is imported before a test asks.
"""

from os import PathLike
from pathlib import Path

import pytest

Directory = str | PathLike[str]


@pytest.fixture(scope="session")
def ropeproof() -> "Facts":
    """Assertions about checkpoints and sentences, each with its reason when it fails."""
    return Facts()


class Facts:
    """What can be asserted. Every method fails the test, with the reason, or returns nothing."""

    def certified(self, directory: Directory, length: int) -> None:
        """A one-layer model is right on every input of a length, in tokens.

        Real arithmetic on the stored weights, shown by the checker, as ``ropeproof certify`` does.
        """
        from empirical.certificates.document import checked
        from empirical.certificates.one_layer.prover import Prover, certify
        from empirical.files import checkpoint
        from empirical.recheck.certificate import Verdict

        __tracebackhide__ = True
        found = checkpoint.read(Path(directory))
        prover = Prover(found)
        content = certify(prover, found.sha256, length, None, lambda done, total: None)
        shown = checked(content, found.path)
        entries = prover.task.entries
        for row in shown.certificate.claims.rows:
            if row.verdict is Verdict.PROVED:
                continue
            asked = f"{directory} at {length} tokens, query {entries[row.query]!r}"
            if row.refutation is None:
                differ = "".join(
                    f"\nsearch and checker differ: {line}" for line in shown.differences
                )
                pytest.fail(f"{asked}: UNDECIDED for the answer {entries[row.answer]!r}{differ}")
            tokens = " ".join(str(entries[token]) for token in row.refutation.witness)
            pytest.fail(
                f"{asked}: it answers {entries[row.refutation.rival]!r} where "
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
        """A head is purely ``positional`` or ``symbolic`` at γ on queries of its last token.

        Args:
            directory: a GPT-J checkpoint.
            head: block and head, such as ``5.1``, counted from 0.
            behaviour: ``positional`` or ``symbolic``.
            gamma: one score is to be at least 1 − γ, the other at most γ; below 1/2.
            inputs: how many inputs of the checkpoint's task are scored.
        """
        from empirical.files import checkpoint
        from empirical.models.gptj import GPTJ
        from empirical.scores import queries
        from empirical.scores.purity import purity
        from empirical.scores.table import score
        from theory.refusal import Refusal

        __tracebackhide__ = True
        if behaviour not in ("positional", "symbolic"):
            raise Refusal(f"no behaviour is called {behaviour!r}: say positional or symbolic")
        if not 0 < gamma < 0.5:
            raise Refusal(f"γ is {gamma}: give a number between 0 and 1/2, such as 0.1")
        found = checkpoint.read(Path(directory))
        rows = score(GPTJ.of(found.config, found.weights), queries.draw(found, inputs))
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
        """Every prediction that a theorem makes of a checkpoint holds, as ``ropeproof check``."""
        from empirical.files import checkpoint
        from empirical.predictions import predict
        from empirical.predictions.prediction import PredictionOutcome
        from empirical.predictions.subject import Subject

        __tracebackhide__ = True
        broken = [
            f"{row.name} {row.where}: {row.outcome.value}, measured {row.measured:.6g}, "
            f"not {row.relation} {row.bound:.6g} ({row.theorem})"
            for row in predict(Subject.of(checkpoint.read(Path(directory)), lengths))
            if row.outcome is not PredictionOutcome.PASS and not row.observation
        ]
        if broken:
            pytest.fail(f"{directory} breaks {len(broken)} predictions\n" + "\n".join(broken))

    def proved(self, name: str) -> None:
        """A sentence of the ledger ends as expected, and rejects its false neighbours."""
        from theory.ledger import find, judge

        __tracebackhide__ = True
        judgement = judge(find([name])[0])
        if not judgement.as_expected:
            missed = [label for label, rejected in judgement.rejected.items() if not rejected]
            pytest.fail(
                f"{name} ended {judgement.verdict.value}; neighbours not rejected: {missed}"
            )
