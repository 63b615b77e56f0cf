"""The native layout as ``constructions/FORMAT.md`` states it, in torch, float32 and batches."""

import torch
from torch import Tensor

from constructions.attention import HeadWeights
from empirical.files.network_file import Stored


def turned(vectors: Tensor, angles: Tensor) -> Tensor:
    """Planes of rows of shape (batch, positions, 2 · planes), turned by position times angle."""
    turns = torch.arange(vectors.shape[1], dtype=torch.float64)[:, None] * angles
    cosine, sine = turns.cos().float(), turns.sin().float()
    even, odd = vectors[..., 0::2], vectors[..., 1::2]
    pairs = [cosine * even - sine * odd, sine * even + cosine * odd]
    return torch.stack(pairs, dim=-1).flatten(-2)


def attended(head: HeadWeights, beta: float, x: Tensor) -> Tensor:
    """What a head puts out."""
    query, key, value, output = (
        torch.from_numpy(matrix).float()
        for matrix in (head.query, head.key, head.value, head.output)
    )
    angles = torch.from_numpy(head.angles)
    logits = beta * turned(x @ query, angles) @ turned(x @ key, angles).transpose(1, 2)
    hidden = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
    weights = logits.masked_fill(hidden, -torch.inf).softmax(-1)
    mixed: Tensor = weights @ (x @ value) @ output
    return mixed


@torch.inference_mode()
def answers(stored: Stored, tokens: Tensor) -> Tensor:
    """The answer at every position of each input."""
    x = torch.from_numpy(stored.embedding).float()[tokens]
    if stored.embedding_of_previous is not None:
        x[:, 1:] += torch.from_numpy(stored.embedding_of_previous).float()[tokens[:, :-1]]
    for block in stored.blocks:
        mixed = torch.stack([attended(head, stored.beta, x) for head in block.layer.heads]).sum(0)
        x = x + mixed if block.layer.residual else mixed
        if block.snap is not None:
            read, offset, write = (
                torch.from_numpy(part).float()
                for part in (block.snap.read, block.snap.offset, block.snap.write)
            )
            hidden = x @ read + offset
            x = ((2 * hidden - 0.5).relu() - (2 * hidden - 1.5).relu()) @ write
    return x[..., : len(stored.embedding)].argmax(-1)
