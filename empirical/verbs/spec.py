"""``ropeproof spec``: start a specification for a model, or check one that was written."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from empirical.files.atomic import write_json


class Action(StrEnum):
    """What is done with a specification."""

    NEW = "new"
    CHECK = "check"


def command(
    action: Annotated[Action, typer.Argument(help="new: write one; check: read one.")],
    path: Annotated[Path, typer.Argument(help="new: a checkpoint; check: a specification.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "--json", help="new: write it here; check: write its counts here."),
    ] = None,
) -> None:
    """Write a specification to start from, or check one: what to certify of a model of one layer.

    `new` writes the checkpoint's own Index or Retrieval task, or one group of all inputs. `check`
    says in a sentence where a specification is wrong: an unknown token, an empty set, groups that
    overlap, an answer that a group cannot have.
    `ropeproof certify DIR --spec FILE` certifies it.
    """
    from empirical.certificates.certifiable import read_certifiable
    from empirical.certificates.specified.reading import read_specification
    from empirical.certificates.specified.starting import starting_specification
    from empirical.shipped.checkpoints import directory_named
    from theory.refusal import Refusal

    if action is Action.CHECK:
        specification = read_specification(path)
        counts = {"groups": len(specification.groups), "cases": specification.cases}
        typer.echo(f"{path.name}: {counts['groups']} groups, {counts['cases']} cases")
        if out is not None:
            write_json(out, counts)
        return
    if out is None:
        raise Refusal("`spec new` writes a file: name it with --out")
    model = read_certifiable(directory_named(str(path)), specified=True)
    write_json(out, starting_specification(model))
    read_specification(out)
    typer.echo(f"wrote {out.name}")
