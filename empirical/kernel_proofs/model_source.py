"""A checkpoint's weights as a file of Coq: exact integers over one power of two."""

from fractions import Fraction

import numpy as np

from empirical.files.checkpoint import Checkpoint
from empirical.models.one_plane import OnePlaneConfig

BLOCK = {
    "ln_gain": "ln_1.weight",
    "ln_bias": "ln_1.bias",
    "q_proj": "attn.q_proj.weight",
    "k_proj": "attn.k_proj.weight",
    "v_proj": "attn.v_proj.weight",
    "out_proj": "attn.out_proj.weight",
    "fc_in": "mlp.fc_in.weight",
    "fc_in_bias": "mlp.fc_in.bias",
    "fc_out": "mlp.fc_out.weight",
    "fc_out_bias": "mlp.fc_out.bias",
}
"""Fields of the Coq record ``block``, and the names of the tensors within a block."""
REST = {
    "wte": "transformer.wte.weight",
    "lnf_gain": "transformer.ln_f.weight",
    "lnf_bias": "transformer.ln_f.bias",
    "lm_head": "lm_head.weight",
    "lm_head_bias": "lm_head.bias",
}
"""Fields of the Coq record ``gptj`` that hold weights, and the names of the tensors."""
LARGEST = 2**61
"""Machine integers of Coq hold numbers below this; beyond it they are written in binary."""


def model_source(checkpoint: Checkpoint, machine_integers: bool = True) -> str:
    """The text of ``Model.v``.

    Args:
        checkpoint: any number of blocks.
        machine_integers: whether numbers may be machine integers of Coq, which are read faster;
            without them a proof rests on fewer axioms.
    """
    config = checkpoint.config
    tensors = {
        **{
            in_block(field, block): checkpoint.weights[f"transformer.h.{block}.{name}"]
            for block in range(config.n_layer)
            for field, name in BLOCK.items()
        },
        **{field: checkpoint.weights[name] for field, name in REST.items()},
    }
    exact = {field: _fractions(tensor) for field, tensor in tensors.items()}
    bits = max(_bits(number) for row in exact.values() for number in row)
    small = all(abs(number) * 2**bits < LARGEST for row in exact.values() for number in row)
    machine = machine_integers and small
    lines = [
        f"(* sha256 of model.safetensors: {checkpoint.sha256} *)",
        f"From Coq Require Import ZArith List{' Sint63' if machine else ''}.",
        "From ropeproof Require Import GPTJ.",
        "Import ListNotations.",
        f"Open Scope {'sint63' if machine else 'Z'}_scope.",
    ]
    for field, tensor in tensors.items():
        integers = [int(number * 2**bits) for number in exact[field]]
        lines += _definition(field, integers, tensor.shape, machine)
    epsilon = Fraction(float(config.layer_norm_epsilon))
    blocks = ";\n".join(
        "{| " + "; ".join(f"{field} := z_{in_block(field, block)}" for field in BLOCK) + " |}"
        for block in range(config.n_layer)
    )
    rest = "; ".join(f"{field} := z_{field}" for field in REST)
    lines += [
        "Definition model : gptj := {|",
        f"vocab := {config.vocab_size}; width := {config.n_embd}; "
        f"heads := {config.n_head}; planes := {config.rotary_dim // 2}; "
        f"hidden := {tensors['fc_in'].shape[0]};",
        f"bits := {bits}%Z; eps_num := {epsilon.numerator}%Z; eps_bits := {_bits(epsilon)}%Z;",
        f"angles := {_angles(checkpoint)};",
        f"blocks := [{blocks}];",
        f"{rest} |}}.",
    ]
    return "\n".join(lines) + "\n"


def in_block(field: str, block: int) -> str:
    """What a field of a block is called; of the first block, as in a model of one block."""
    return f"{field}_{block}" if block else field


def _fractions(tensor: np.ndarray) -> list[Fraction]:
    return [Fraction(number) for number in tensor.astype(float).ravel().tolist()]


def _bits(number: Fraction) -> int:
    """The exponent of the denominator, which is a power of two."""
    return number.denominator.bit_length() - 1


def _angles(checkpoint: Checkpoint) -> str:
    if not isinstance(checkpoint.config, OnePlaneConfig):
        return "None"
    angle = Fraction(float(checkpoint.config.angle))
    return f"Some ([({angle.numerator})%Z], {_bits(angle)}%Z)"


def _definition(
    field: str, integers: list[int], shape: tuple[int, ...], machine: bool
) -> tuple[str, str]:
    """The integers as they are read, and as they are meant."""
    written = [str(z) if machine or z >= 0 else f"({z})" for z in integers]
    kind = "int" if machine else "Z"
    if len(shape) == 1:
        body, read, meant = ";".join(written), f"list {kind}", "map Sint63.to_Z"
    else:
        starts = range(0, len(written), shape[1])
        body = ";\n".join(f"[{';'.join(written[i : i + shape[1]])}]" for i in starts)
        read, meant = f"list (list {kind})", "map (map Sint63.to_Z)"
    return (
        f"Definition i_{field} : {read} := [{body}].",
        f"Definition z_{field} := {f'{meant} ' if machine else ''}i_{field}.",
    )
