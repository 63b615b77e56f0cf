"""What the theorem says is read back; forgeries, and who notices each.

A forger may write something else for the kernel than the certificate says (noticed here, by what
reads it back), or forge the certificate itself and write all files after it (noticed by the kernel,
in ``test_prove.py``; of the files alone also here, for those that change ``Statement.v``):

============================  ==================  ====================================
forgery                       one file changed    certificate and files changed alike
============================  ==================  ====================================
a flipped verdict             read-back, kernel   kernel
a horizon one longer          read-back           kernel
a changed weight              read-back           kernel
a changed token list          read-back           kernel
a wrong distance              read-back           kernel
another model's weights       read-back           kernel
an empty claim                read-back, kernel   refused, as are rows the task lacks
a weakened definition         read-back, kernel   read-back: the kernel proves what is stated
============================  ==================  ====================================
"""

import json
import re
import shutil
from functools import cache
from pathlib import Path

import pytest

from empirical.certificates.document import certificate_of, text_of
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.files import checkpoint
from empirical.kernel_proofs import read_statement
from empirical.kernel_proofs.building import Source, build
from empirical.kernel_proofs.check_source import Numbers
from empirical.kernel_proofs.claims import claims_of
from empirical.kernel_proofs.prove import held_against, written
from empirical.recheck.checkpoint import read_checkpoint
from empirical.shipped.checkpoints import directory_named
from tests.empirical.recheck.certificates import one_hop, quiet
from theory.kernel import library
from theory.kernel.coqc import Coq, Limits
from theory.refusal import Refusal

ANOTHER = directory_named("retrieval-1layer")
Written = tuple[Path, str, Source]
"""A checkpoint, the text of its certificate, and the last of the files for the kernel."""


def written_for(directory: Path, length: int, horizon: int | None) -> Written:
    model, read = checkpoint.read(directory), read_checkpoint(directory)
    content = certify(Prover(model), model.sha256, length, horizon, quiet)
    certificate = certificate_of(content, read)
    last = written(claims_of(certificate, read.task), directory, Numbers.MACHINE_FLOATS)
    return directory, text_of(certificate), last


@pytest.fixture(scope="module")
def honest() -> Written:
    """Rows that are right, rows that are wrong, and horizons."""
    return written_for(directory_named("index-1layer"), 61, 110)


def texts_of(last: Source) -> dict[str, str]:
    return {source.name: source.text for source in (*last.all_needed, last)}


def test_honest_files_are_read_back(honest: Written) -> None:
    directory, certificate, last = honest
    read = held_against(texts_of(last), certificate, directory)
    claims = json.loads(certificate)["claims"]
    for name in ("right_rows", "horizons", "wrong_rows"):
        assert f"Definition {name} " in texts_of(last)["Statement"]
    assert read.tokens == 20
    assert read.stated > len(claims["rows"])
    assert read.definitions == 5


@pytest.mark.parametrize(("task", "seed"), [("index", 4), ("retrieval", 11), ("retrieval", 3)])
def test_certificates_without_horizons_are_read_back(tmp_path: Path, task: str, seed: int) -> None:
    one_hop(tmp_path, task, seed)
    directory, certificate, last = written_for(tmp_path, 4, None)
    rows = json.loads(certificate)["claims"]["rows"]
    assert held_against(texts_of(last), certificate, directory).stated == len(rows)


def test_rows_that_are_stated_as_a_whole_are_counted() -> None:
    directory, certificate, last = written_for(directory_named("index-1layer"), 9, None)
    rows = json.loads(certificate)["claims"]["rows"]
    assert "right_rows" not in texts_of(last)["Statement"]
    assert held_against(texts_of(last), certificate, directory).stated == len(rows) == 96


FORGERIES = {
    "a flipped verdict": ("certificate", r'"verdict": "PROVED"', '"verdict": "REFUTED"'),
    "a row too many": ("Statement", r"right_rows [^\[]*\[", r"\g<0>(14, 6); "),
    "a row too few": ("Statement", r"(right_rows [^\[]*\[)\([^)]*\); ", r"\g<1>"),
    "a horizon one longer": ("Statement", r"\(14, 60\)", "(14, 61)"),
    "a changed weight": ("Model", r"(i_lm_head : [^\[]*\[\[)-?\d", r"\g<1>1"),
    "a changed token list": ("Tokens", r'Letter "a"', 'Letter "z"'),
    "a wrong distance": ("Tokens", r"Number \(3\)", "Number (2)"),
    "an empty list": ("Statement", r"(wrong_rows [^\[]*)\[[^\]]*\]", r"\g<1>[]"),
    "an empty claim": ("Statement", r"(Prop :=\n)(.|\n)*", r"\g<1>  True.\n"),
    "a clause left out": ("Statement", r" /\\\n  \(forall n q a.*", "."),
    "a weakened definition": (
        "Statement",
        r"\nDefinition certified",
        "\nDefinition right_at (_ : gptj) (_ : task) (_ : list meaning) (_ _ _ : nat) := True."
        r"\g<0>",
    ),
    "a weaker claim": ("Statement", r"right_at model Index tokens 61 q a", "True"),
    "a comment": ("Statement", r"Definition certified", r"(* *)\g<0>"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_file_is_not_read_back(honest: Written, forgery: str) -> None:
    directory, certificate, last = honest
    name, old, new = FORGERIES[forgery]
    texts = {**texts_of(last), "certificate": certificate}
    forged = re.sub(old, new, texts[name], count=1)
    assert forged != texts[name]
    texts[name] = forged
    with pytest.raises(Refusal):
        held_against(texts, texts["certificate"], directory)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "task.json"])
def test_another_models_files_are_not_read_back(honest: Written, tmp_path: Path, file: str) -> None:
    directory, certificate, last = honest
    other = tmp_path / "other"
    shutil.copytree(directory, other)
    other.joinpath(file).write_bytes(ANOTHER.joinpath(file).read_bytes())
    statement = texts_of(last)["Statement"]
    with pytest.raises(Refusal, match="another"):
        read_statement.hold_statement_against(statement, certificate, other)


@pytest.mark.parametrize("name", read_statement.MEANING)
def test_a_weakened_definition_in_the_library_is_noticed(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    source = library.source
    monkeypatch.setattr(library, "source", lambda n: source(n) + ("\n" if n == name else ""))
    with pytest.raises(Refusal, match=f"{name}.v"):
        read_statement.hold_meaning()


def test_the_statement_stands_on_no_other_definitions() -> None:
    assert {*library.required("From ropeproof Require Import Verdicts."), "Verdicts"} == set(
        read_statement.MEANING
    )


@pytest.mark.parametrize("forgery", ["a row too many", "an empty claim", "a weakened definition"])
def test_the_kernel_does_not_show_another_statement(
    kernel: Coq, tmp_path: Path, forgery: str
) -> None:
    one_hop(tmp_path, "index", 4)
    _, _, last = written_for(tmp_path, 4, 6)
    _, old, new = FORGERIES[forgery]

    @cache
    def forged(source: Source) -> Source:
        text = source.text
        if source.name == "Statement":
            text = re.sub(old, new.replace("(14, 6)", "(3, 1)"), text, count=1)
            assert text != source.text
        return Source(source.name, text, tuple(map(forged, source.needs)))

    proof = next(source for source in last.needs if source.name == "Proof")
    built = build(kernel, [forged(proof)], Limits(), 1, quiet)
    assert [name for name, one in built.items() if one.obstacle] == ["Proof"]
