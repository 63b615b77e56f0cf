"""What the report on every head costs: one run per length, memory against length.

``python tests/benchmarks/survey.py`` measures a model of GPT-2-small size (12 layers, 12 heads,
width 768, random weights, queries and keys boosted) on one prompt of each length, each in a process
of its own, and prints time, processor time, peak memory, its excess over that of the loaded model,
and the exponent fitted to the excess.
"""

import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

LENGTHS = (1024, 2048, 4096)


def cost(length: int) -> tuple[float, float, float, float]:
    """Seconds, processor seconds, GiB before and GiB at the peak."""
    import torch
    import transformers

    from empirical.foreign.families import family_named
    from empirical.foreign.reading import Model
    from empirical.foreign.vocabulary import Vocabulary
    from empirical.survey.measure import measure
    from empirical.survey.prompts import Prompts

    config = transformers.GPTNeoXConfig(
        vocab_size=50_257,
        hidden_size=768,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=3072,
    )
    config._attn_implementation = "eager"
    module: Any = transformers.GPTNeoXForCausalLM(config)
    module.eval()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name.endswith("query_key_value.weight"):
                parameter.mul_(4)
    words = Vocabulary.unknown(config.vocab_size)
    ids = Prompts("repeats").draw(0, 1, length, words, None)[0]
    before, began, used = _peak(), time.perf_counter(), time.process_time()
    measure(Model(Path(), family_named("gpt_neox"), module, "", words), ids, 0)
    return time.perf_counter() - began, time.process_time() - used, before, _peak()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    """Print one line per length, then the exponent."""
    added = []
    for length in LENGTHS:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            seconds, used, before, peak = pool.submit(cost, length).result()
        added.append(peak - before)
        sys.stdout.write(
            f"{length:5d} tokens: {seconds:6.1f} s, {used:6.1f} s of processor, "
            f"peak {peak:.2f} GiB, {peak - before:.2f} above the model\n"
        )
        sys.stdout.flush()
    slope = np.polyfit(np.log(LENGTHS), np.log(added), 1)[0]
    sys.stdout.write(f"memory above the model grows as length^{slope:.2f}\n")


if __name__ == "__main__":
    main()
