"""Ratios of one run: continued fractions to a scan in balls, the filtered scan to a pure one.

``python tests/benchmarks/diophantine.py`` prints one line per comparison; answers are compared
before times are.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial, reduce

from flint import arb, ctx

from theory.angle import Angle
from theory.engines import alignment, diophantine


def scan_in_balls(angles: Sequence[Angle], reach: int) -> arb:
    """The minimum over every distance of the summed ``1 − cos tθ``, all in balls."""
    with ctx.workprec(128):
        turns = [angle.turns(128) for angle in angles]
        sums = (
            sum((2 * (t * turn).sin_pi() ** 2 for turn in turns), arb(0))
            for t in range(1, reach + 1)
        )
        return reduce(arb.min, sums)


def fraction(angle: Angle, reach: int) -> arb:
    """The minimum from the convergents of the angle."""
    return diophantine.index_gap(angle, reach).value


def filtered_scan(angles: Sequence[Angle], reach: int) -> arb:
    """The minimum over every distance, floats first."""
    return alignment.planes_gap(angles, [1] * len(angles), reach).value


def timed(work: Callable[[], arb]) -> tuple[arb, float]:
    """The answer and the seconds it took."""
    start = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - start


def compare(title: str, fast: Callable[[], arb], slow: Callable[[], arb]) -> None:
    """Print both times and their ratio, if the answers meet."""
    (quick, quick_seconds), (plain, plain_seconds) = timed(fast), timed(slow)
    if not quick.overlaps(plain):
        raise SystemExit(f"{title}: {quick} and {plain} differ")
    ratio = plain_seconds / quick_seconds
    print(f"{title:52} {quick_seconds:9.6f} s {plain_seconds:8.3f} s {ratio:12,.0f} times")


def main() -> None:
    """Run all comparisons."""
    angle = Angle.of_radians(0.0027)
    for reach in (10**5, 3 * 10**5, 10**6):
        compare(
            f"one plane, M = {reach}: continued fraction, scan",
            partial(fraction, angle, reach),
            partial(scan_in_balls, [angle], reach),
        )
    for planes, reach in ((2, 10**6), (8, 2 * 10**5), (64, 4 * 10**4)):
        ladder = [Angle.of_plane(10_000, 2 * planes, k) for k in range(planes)]
        compare(
            f"{planes} planes, M = {reach}: filtered scan, pure balls",
            partial(filtered_scan, ladder, reach),
            partial(scan_in_balls, ladder, reach),
        )
    for planes in (2, 8, 64):
        ladder = [Angle.of_plane(10_000, 2 * planes, k) for k in range(planes)]
        start = time.perf_counter()
        filtered_scan(ladder, alignment.SCAN_LIMIT)
        print(f"{planes} planes, M = 10^7, filtered: {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    fraction(angle, 10**100 - 1)
    print(f"one plane, M = 10^100 − 1: {time.perf_counter() - start:.6f} s")


if __name__ == "__main__":
    main()
