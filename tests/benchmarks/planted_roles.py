"""How many planted roles are found in random models of every family, and how many others, at once.

``python -m tests.benchmarks.planted_roles [SEEDS [FAMILY…]]`` plants a head of each role among 16
heads of a random model, for each of 3 seeds and every family unless said otherwise, and prints a
line per family: heads planted and found, roles given to any head, and how many of these are false.
"""

import sys

import torch

from tests.empirical.survey.planting import FAMILIES, Discoveries, discoveries


def line(name: str, models: list[Discoveries]) -> str:
    """The counts of some models."""
    planted, seen, given, false = (
        sum(counts)
        for counts in zip(
            *((one.planted, one.recovered, one.given, len(one.false)) for one in models),
            strict=True,
        )
    )
    return (
        f"{name:12} {len(models):3} models: {seen} of {planted} planted roles found, "
        f"{false} of {given} given roles false"
    )


def main() -> None:
    """Print each family, and all of them."""
    torch.set_num_threads(1)
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    everything: list[Discoveries] = []
    for family in sys.argv[2:] or FAMILIES:
        models = [discoveries(family, seed) for seed in range(seeds)]
        print(line(family, models), *(one.false for one in models if one.false), flush=True)
        everything += models
    print(line("all", everything))


if __name__ == "__main__":
    main()
