"""The join of both publications: what heads of known roles are by their scores."""

from collections.abc import Sequence

import numpy as np

from empirical.survey.interval import resampled
from empirical.survey.published.row import PublishedClaim, PublishedRow, counted
from empirical.survey.report import HeadReport

SOURCE = "urrutia2026heads, olsson2022induction"
JOINED = {
    "previous token": PublishedClaim(
        "previous-positional",
        "heads of the token before are positional: mean positional less symbolic score above 0",
        SOURCE,
        "expected of both together",
        above=0.0,
    ),
    "induction": PublishedClaim(
        "induction-symbolic",
        "induction heads are symbolic: mean symbolic less positional score above 0",
        SOURCE,
        "expected of both together",
        above=0.0,
    ),
}


def role_rows(heads: Sequence[HeadReport]) -> list[PublishedRow]:
    """Both claims, on scores that leave the first token out.

    Args:
        heads: of one model at one length.
    """
    rows = []
    for role, claim in JOINED.items():
        having = [head.means for head in heads if role in head.labels]
        gaps = np.array(
            [means["token_positional"].value - means["token_symbolic"].value for means in having]
        )
        signed = gaps if role == "previous token" else -gaps
        reason = f"{counted(len(having), f'{role} head')}, {int((signed > 0).sum())} of them so"
        if signed.size < 2:
            rows.append(claim.undecided(reason))
            continue
        measured = resampled(lambda some, of=signed: float(of[some].mean()), signed.size)
        rows.append(claim.judged(measured, reason))
    return rows
