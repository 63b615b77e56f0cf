"""``ropeproof certify`` and ``ropeproof recheck``: exit statuses, JSON, bad input."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import empirical
from empirical import cli
from empirical.certificates import document
from empirical.certificates.document import text_of
from empirical.facade import certify
from empirical.files import checkpoint
from empirical.models.config import GPTJConfig
from empirical.recheck.certificate import Verdict, seal
from empirical.shipped.checkpoints import shipped
from tests.empirical import small_models
from tests.empirical.certificates import planted
from tests.empirical.recheck import certificates
from theory.refusal import Refusal

INDEX = next(path for path in shipped() if path.name == "index-1layer")


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run in this process; status, standard output, standard error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["ropeproof", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    printed = capsys.readouterr()
    code = ended.value.code
    return code if isinstance(code, int) else 0, printed.out, printed.err


def test_a_certificate_is_written_and_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "certificate.json"
    asked = ("--length", 20, "--horizon", 70, "--accuracy")
    status, out, _ = run(capsys, "certify", INDEX, *asked, "--out", file)
    assert status == 0
    assert "length 20: accuracy exactly 1" in out
    assert "96 of 96 rows proved" in out
    assert out.splitlines()[-1] == "by checker"
    horizons = [line.split()[4:] for line in out.splitlines()[1:9]]
    assert horizons[2] == ["60"]
    assert horizons[0] == ["≥", "70"]
    written = json.loads(file.read_text())
    assert set(written) == {"format", "version", "kind", "files", "claims", "seal"}
    longest = {h["query"]: h["longest"] for h in written["claims"]["horizons"]}
    assert longest[14] == 60
    assert longest[12] == 70
    status, out, _ = run(capsys, "recheck", file, INDEX)
    assert status == 0
    assert "holds" in out
    file.write_text(file.read_text().replace("PROVED", "REFUTED", 1))
    status, out, error = run(capsys, "recheck", file, INDEX)
    assert status == 2
    assert "certificate.json: claims.rows[0]" in error
    status, out, _ = run(capsys, "certify", INDEX, "--length", 20, "--unchecked")
    assert status == 3
    assert "what the search found, unchecked" in out
    assert out.splitlines()[-1] == "by search"


def test_in_a_notebook_it_says_what_the_command_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "certificate.json"
    run(capsys, "certify", INDEX, "--length", 61, "--out", file)
    checked = empirical.certify("index-1layer", 61)
    assert text_of(checked.certificate) == file.read_text()
    verdicts = {row.verdict for row in checked.certificate.claims.rows}
    assert verdicts == {Verdict.PROVED, Verdict.REFUTED}
    assert not checked.differences
    assert repr(checked).endswith("of 96 rows proved at length 61>")


def test_float32_is_covered_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("certify", INDEX, "--length", 20, "--horizon", 70, "--arithmetic")
    status, out, _ = run(capsys, *asked, "real+float32")
    assert status == 0
    assert "96 of 96 rows proved" in out
    status, _, error = run(capsys, *asked, "float8")
    assert status == 2
    assert "no known arithmetic: choose real or real+float32" in error


def test_failures_exit_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "certify", INDEX, "--length", 200, "--accuracy-at", 61)
    assert status == 1
    assert "rows proved" in out
    assert "length 61: accuracy between 0.9999" in out


@pytest.mark.parametrize(
    ("length", "sentence"),
    [(1, "no input of 1 tokens"), (-4, "no input of -4 tokens"), (10**9, "are too many")],
)
def test_impossible_lengths(capsys: pytest.CaptureFixture[str], length: int, sentence: str) -> None:
    status, _, error = run(capsys, "certify", INDEX, "--length", length)
    assert status == 2
    assert sentence in error
    assert error.count("\n") == 1


def test_bad_checkpoints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model"
    small_models.write(path, small_models.SHAPES[1])
    assert "2 layers" in run(capsys, "certify", path, "--length", 5)[2]
    heads = GPTJConfig(7, n_embd=8, n_layer=1, n_head=2, rotary_dim=4)
    small_models.write(path, heads)
    assert (
        "accuracies are bounded for one head"
        in run(capsys, "certify", path, "--length", 5, "--accuracy")[2]
    )
    status, out, _ = run(capsys, "certify", path, "--length", 3, "--seconds", 1)
    assert status in (0, 1)
    assert "rows proved" in out
    many = GPTJConfig(7, n_embd=18, n_layer=1, n_head=9, rotary_dim=2)
    small_models.write(path, many)
    assert "9 heads" in run(capsys, "certify", path, "--length", 5)[2]
    small_models.write(path, small_models.ONE_HEAD)
    task = path / "task.json"
    record = json.loads(task.read_text())
    task.write_text(json.dumps({**record, "tokens": record["tokens"][1:]}))
    assert "one entry per token id" in run(capsys, "certify", path, "--length", 5)[2]
    task.unlink()
    status, _, error = run(capsys, "certify", path, "--length", 5)
    assert status == 2
    assert "no task.json" in error
    assert run(capsys, "recheck", tmp_path / "none.json", path)[0] == 2
    assert run(capsys, "recheck", path / "config.json", tmp_path / "none")[0] == 2


def test_induction_in_two_layers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, file = tmp_path / "model", tmp_path / "certificate.json"

    def write(noise: float, seed: int = 0) -> None:
        made = planted.circuit(4, seed, noise)
        assert made.task is not None
        checkpoint.write(path, made.config, made.weights, made.task, {})

    write(0.01)
    status, out, _ = run(capsys, "certify", path, "--length", 5, "--out", file)
    assert status == 0
    assert "36 of 36 rows proved" in out
    written = json.loads(file.read_text())
    assert written["seal"] == seal({key: part for key, part in written.items() if key != "seal"})
    assert written["kind"] == "induction"
    assert {"previous", "query", "answer"} < set(written["claims"]["rows"][0])
    assert "accuracy exactly 1" in out
    status, out, _ = run(capsys, "recheck", file, path)
    assert status == 0
    assert "holds" in out
    for arguments, sentence in (
        (("--length", 2), "3 to 4096 tokens"),
        (("--length", 5000), "3 to 4096 tokens"),
        (("--length", 5, "--horizon", 6), "give --length only"),
        (("--length", 5, "--accuracy"), "give --length only"),
    ):
        status, _, error = run(capsys, "certify", path, *arguments)
        assert status == 2
        assert sentence in error
        assert error.count("\n") == 1
    write(0.1)
    assert run(capsys, "certify", path, "--length", 5)[0] == 1
    write(0.04, seed=2)
    assert run(capsys, "certify", path, "--length", 5)[0] == 3
    weights = dict(planted.circuit(4, 0, 0.01).weights)
    weights["transformer.h.1.mlp.fc_out.bias"] = np.full(12, 0.5, dtype="f4")
    made = planted.circuit(4, 0, 0.01)
    assert made.task is not None
    checkpoint.write(path, made.config, weights, made.task, {})
    status, _, error = run(capsys, "certify", path, "--length", 5)
    assert status == 2
    assert "attention alone" in error


def test_a_certificate_too_long_in_lines_is_written_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates.one_hop(tmp_path, "index", 3)
    certificate = certify(tmp_path, 4).certificate
    lines = text_of(certificate)
    monkeypatch.setattr(document, "MOST_BYTES", len(lines.encode()) - 1)
    compact = text_of(certificate)
    assert compact.count("\n") == 1
    assert json.loads(compact) == json.loads(lines)
    assert certify(tmp_path, 4).certificate == certificate
    monkeypatch.setattr(document, "MOST_BYTES", len(compact.encode()) - 1)
    with pytest.raises(Refusal, match=f"takes {len(compact.encode())} bytes.*ask for shorter"):
        certify(tmp_path, 4)
