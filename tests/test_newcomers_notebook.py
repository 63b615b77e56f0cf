"""The notebook for newcomers runs, cell by cell, and shows what its text says."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[1] / "notebook.ipynb"
CELLS = json.loads(NOTEBOOK.read_text())["cells"]


def shown(source: str, names: dict[str, Any]) -> object:
    """Run a cell, and return the value of its last line, if that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "notebook", "exec"), names)
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), "notebook", "eval"), names)


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], list[object]]:
    names: dict[str, Any] = {}
    sources = ["".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code"]
    return names, [shown(source, names) for source in sources]


def test_a_sentence_is_proved_and_its_variants_are_refuted(
    run: tuple[dict[str, Any], list[object]],
) -> None:
    names, _ = run
    assert names["judgement"].verdict in ("PROVED", "RECORDED")
    assert len(names["judgement"].rejected) > 1
    assert all(names["judgement"].rejected.values())
    assert names["published"].verdict == "REFUTED"


def test_the_model_is_wrong_on_the_witness(run: tuple[dict[str, Any], list[object]]) -> None:
    names, _ = run
    row = names["row"]
    assert len(row.refutation.witness) == names["failing"].longest + 1
    assert int(names["logits"].argmax()) != row.answer
    assert all(claim.verdict == "PROVED" for claim in names["claims"].rows)


def test_heads_and_figures_are_shown(run: tuple[dict[str, Any], list[object]]) -> None:
    names, values = run
    assert [(head.layer, head.head) for head in names["small"]] == [(0, 0)]
    drawings = [value for value in values if hasattr(value, "_repr_svg_")]
    assert len(drawings) == 3
    assert all("<svg" in drawing._repr_svg_() for drawing in drawings)


def test_no_output_is_stored() -> None:
    for cell in CELLS:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
