"""A chosen angle is certified like the ladder, and the checker reads it for itself."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from empirical.certificates.one_layer.prover import Prover, certify
from empirical.files.checkpoint import Checkpoint
from empirical.models.one_plane import OnePlaneConfig
from empirical.recheck.certificate import Verdict
from empirical.recheck.failures import Rejected
from tests.empirical.certificates import tiny
from tests.empirical.recheck.certificates import check, document, quiet, write

LENGTH = 4


def turned(seed: int, angle: float) -> Checkpoint:
    checkpoint = tiny.checkpoint("index", seed, True, 0.4, 2)
    return replace(checkpoint, config=OnePlaneConfig(**asdict(checkpoint.config), angle=angle))


@pytest.mark.parametrize("angle", [0.0, 0.3, 2.0])
def test_verdicts_equal_brute_force(angle: float) -> None:
    verdicts = set()
    for seed in range(8):
        checkpoint = turned(seed, angle)
        prover = Prover(checkpoint)
        worst = tiny.worst_margins(checkpoint, LENGTH)
        for domain in prover.domains(LENGTH):
            for row in prover.rows(domain.query, LENGTH):
                margin = worst[row.query, row.answer]
                assert abs(margin) > 1e-9
                assert row.verdict is (Verdict.PROVED if margin > 0 else Verdict.REFUTED)
                verdicts.add(row.verdict)
    assert verdicts == {Verdict.PROVED, Verdict.REFUTED}


def test_a_certificate_holds_for_its_own_angle_only(tmp_path: Path) -> None:
    reasons = []
    for seed in range(8):
        path = tmp_path / str(seed)
        checkpoint = write(path, turned(seed, 0.3))
        content = certify(Prover(checkpoint), checkpoint.sha256, LENGTH, None, quiet)
        written = document(content, path)
        check(written, path)
        other = replace(checkpoint.config, angle=2.0).to_json()  # type: ignore[call-arg]
        (path / "config.json").write_text(json.dumps(other))
        with pytest.raises(Rejected, match=r"another checkpoint: config\.json"):
            check(written, path)
        try:
            check(document(content, path), path)  # bound to the other angle
        except Rejected as reason:
            reasons.append(str(reason))
    assert len(reasons) > 4
