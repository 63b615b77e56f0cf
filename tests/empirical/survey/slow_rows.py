"""The slow twin of the table of heads, from the attention of ``transformers`` alone.

The model runs as its makers wrote it, with eager attention, and its weights are read off. What asks
for logits that the run does not have, as contents at other places, takes the attention module's own
projections and norms and the family's own ``apply_rotary_pos_emb``. Measures are loops over their
definitions. Nothing of ``empirical.foreign``, ``empirical.heads`` or ``empirical.scores`` takes
part. For Llama and Gemma 3, whose windows hold the prompt.
"""

import copy
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

BEYOND, COPIED, BLOCKS, TEMPERATURE = 4, 25, 16, 1e-4


@dataclass(frozen=True)
class SlowRow:
    """What the twin says of one head on one prompt; names are those of ``Measured``."""

    layer: int
    head: int
    values: dict[str, float | None]
    anchored: float
    """How far the softmax of the twin's logits is from the model's own weights."""


@torch.no_grad()
def slow_rows(module: Any, ids: np.ndarray) -> Iterator[SlowRow]:
    """Every head of a model on one prompt.

    Args:
        module: a causal model of ``transformers`` with eager attention, in float32.
        ids: token ids.
    """
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []

    def keep(_: Any, __: Any, named: dict[str, Any], output: Any) -> None:
        seen.append((named["hidden_states"], output[1]))

    hooks = [
        block.self_attn.register_forward_hook(keep, with_kwargs=True)
        for block in module.model.layers
    ]
    module(torch.from_numpy(ids)[None])
    for hook in hooks:
        hook.remove()
    unembedding = module.lm_head.weight.double()
    for layer, (read, weights) in enumerate(seen):
        own = weights[0].double().numpy()
        yield from _of_layer(module, layer, read[0].double(), own, ids, unembedding)


def _of_layer(
    module: Any,
    layer: int,
    read: torch.Tensor,
    weights: np.ndarray,
    ids: np.ndarray,
    unembedding: torch.Tensor,
) -> Iterator[SlowRow]:
    block = module.model.layers[layer]
    attention = copy.deepcopy(block.self_attn).double()
    window = getattr(attention, "sliding_window", None) or BEYOND * len(ids)
    assert window >= len(ids)
    tables, planes, angles = _tables(module, attention, read)
    share = len(weights) // (attention.k_proj.weight.shape[0] // attention.head_dim)
    for head, (own, table, parts) in enumerate(zip(weights, tables, planes, strict=True)):
        attended = np.argsort(own[1:].sum(axis=0))[-COPIED:]
        written = _written(module, block, attention, read[attended], head, head // share)
        use = np.sqrt((parts**2).sum(axis=0))
        direct = (written @ unembedding.T).numpy()
        values = {
            **_of_weights(own, ids),
            **_of_logits(table, window),
            **_hits(table, ids),
            "angle": float(use @ angles / use.sum()),
            "standing": _standing(direct, own, ids, attended),
            "copying": _copying(direct, own, ids, attended),
        }
        values |= {f"use {plane}": norm for plane, norm in enumerate(use.tolist())}
        values |= {f"lags {place}": share for place, share in enumerate(_by_range(own))}
        shares = _shares(table)
        yield SlowRow(layer, head, values, float(np.abs(shares - own[-1]).max()))


def _of_weights(own: np.ndarray, ids: np.ndarray) -> dict[str, float | None]:
    """What the weights of all queries say."""
    length = len(ids)
    by_token = [own[max(1, at) :, at].mean() for at in range(length)]
    by_distance = [np.diagonal(own, -back)[back == 0 :].mean() for back in range(length)]
    return {
        "first": by_token[0],
        "p_first": _as_large(by_token, 0),
        "previous": by_distance[1],
        "p_previous": _as_large(by_distance, 1),
        "prefix": _repeated(own, ids, follows=True),
        "duplicate": _repeated(own, ids, follows=False),
    }


def _of_logits(table: np.ndarray, window: int) -> dict[str, float | None]:
    """What the logits of the last query say."""
    shares, last = _shares(table), len(table) - 1
    logits = _own_logits(table)
    top = int(logits.argmax())
    whole, tokens = _swaps(table, 0), _swaps(table, 1)
    return {
        "entropy": float(-(shares * np.log(shares)).sum() / np.log(last + 1)),
        "margin": float(np.diff(np.sort(logits)[-2:])[0]),
        "top": float(shares[top]),
        "offset": last - top,
        "positional": whole[0],
        "symbolic": whole[1],
        "token_positional": tokens[0],
        "token_symbolic": tokens[1],
        **_blocks(table),
        "lost": _lost(table, top, window),
    }


def _own_logits(table: np.ndarray) -> np.ndarray:
    """The last query's logits on the prompt itself."""
    places = np.arange(len(table))
    logits: np.ndarray = table[places, places[::-1]]
    return logits


def _shares(table: np.ndarray) -> np.ndarray:
    logits = _own_logits(table)
    masses = np.exp(logits - logits.max())
    shares: np.ndarray = masses / masses.sum()
    return shares


def _hits(table: np.ndarray, ids: np.ndarray) -> dict[str, float | None]:
    """Whether the last query attends most one back, and to what followed its token; 0 or 1."""
    last, top = len(table) - 1, int(_own_logits(table).argmax())
    followed = [place for place in range(1, last) if ids[place - 1] == ids[last]]
    return {
        "hits_previous": float(top == last - 1),
        "hits_prefix": float(top in followed) if followed else None,
    }


def _by_range(own: np.ndarray) -> list[float]:
    """The mean weight at distances 0, 1, 2 to 3, 4 to 7 and so on, but for the first token's."""
    shares: dict[int, float] = {}
    for query in range(1, len(own)):
        for key in range(query + 1):
            place = (query - key).bit_length()
            shares[place] = shares.get(place, 0.0) + (own[query, key] if key else 0.0)
    return [shares[place] / (len(own) - 1) for place in sorted(shares)]


def _standing(direct: np.ndarray, own: np.ndarray, ids: np.ndarray, attended: np.ndarray) -> float:
    """Deviations of the attended tokens' direct logits above the mean of the vocabulary."""
    tokens = direct[np.arange(attended.size), ids[attended]]
    above = (tokens - direct.mean(axis=1)) / direct.std(axis=1)
    return float(np.average(above, weights=own[1:].sum(axis=0)[attended]))


def _copying(
    direct: np.ndarray, own: np.ndarray, ids: np.ndarray, attended: np.ndarray
) -> float | None:
    """The attended token's share of what rises among the tokens attended to, from −1 to 1."""
    tokens = sorted({int(ids[place]) for place in attended})
    copied = risen = 0.0
    for logits, place in zip(direct, attended.tolist(), strict=True):
        weight, mean = own[1:, place].sum(), logits[tokens].mean()
        copied += weight * max(logits[ids[place]] - mean, 0.0)
        risen += weight * sum(max(logits[token] - mean, 0.0) for token in tokens)
    return 2 * copied / risen - 1 if len(tokens) > 1 and risen > 0 else None


def _tables(
    module: Any, attention: Any, read: torch.Tensor
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The last query's logit on each content at each distance; its planes on the prompt; angles."""
    length, size = len(read), attention.head_dim
    turn = sys.modules[type(attention).__module__].apply_rotary_pos_emb
    farthest = BEYOND * length
    places = torch.arange(farthest - 1, -1, -1)[None]  # at distances 0, 1, …
    kind = getattr(attention, "layer_type", None)
    arguments = () if kind is None else (kind,)
    cos, sin = module.model.rotary_emb(read[None, :1].float(), places, *arguments)
    cos, sin = cos.double(), sin.double()
    query = attention.q_proj(read[-1:]).view(1, 1, -1, size).transpose(1, 2)
    keys = attention.k_proj(read).view(1, length, -1, size).transpose(1, 2)
    if hasattr(attention, "q_norm"):
        query, keys = attention.q_norm(query).double(), attention.k_norm(keys).double()
    asked = turn(query, query, cos[:, :1], sin[:, :1])[0][0, :, 0]
    share = len(asked) // keys.shape[1]
    tables, planes = [], []
    for content in range(length):
        many = keys[:, :, content : content + 1].expand(1, keys.shape[1], farthest, size)
        turned = turn(many, many, cos, sin)[1][0].repeat_interleave(share, dim=0)
        products = asked[:, None] * turned * attention.scaling
        tables.append(products.sum(dim=-1))
        here = products[:, length - 1 - content]
        planes.append(here[:, : size // 2] + here[:, size // 2 :])
    name = "inv_freq" if kind is None else f"{kind}_inv_freq"
    angles = getattr(module.model.rotary_emb, name).double().numpy()
    return torch.stack(tables, 1).numpy(), torch.stack(planes, 1).numpy(), angles


def _repeated(weights: np.ndarray, ids: np.ndarray, follows: bool) -> float | None:
    """The mean weight of earlier occurrences, or of what followed them, where there are any."""
    values = []
    for query in range(1, len(ids)):
        earlier = [key for key in range(query) if ids[key] == ids[query]]
        keys = [key + 1 for key in earlier if key + 1 < query] if follows else earlier
        if keys:
            values.append(sum(weights[query, key] for key in keys))
    return float(np.mean(values)) if values else None


def _as_large(means: list[float], place: int) -> float:
    """The share of mean weights that are at least as large as one of them."""
    return float(np.mean([mean >= means[place] for mean in means]))


def _swaps(table: np.ndarray, first: int) -> tuple[float, float]:
    """Both scores over all swaps of two contents from ``first`` on, by their definition."""
    last = len(table) - 1
    places = np.arange(first, last)
    moved = table[places[:, None], last - places[None]]  # content, place
    own = np.append(np.diagonal(moved), table[last, 0])
    weights = np.exp(own - own.max())
    weights /= weights.sum()
    return _scores(moved, weights)


def _blocks(table: np.ndarray) -> dict[str, float | None]:
    """Both scores over all swaps of two blocks, whose weight is the mean of their places'."""
    last = len(table) - 1
    count = min(BLOCKS, last)
    size, shares = last // count, _shares(table)
    blocks = np.arange(last - count * size, last).reshape(count, size)
    moved = np.empty((count, count))  # block, where it stands
    for one, contents in enumerate(blocks):
        for other, places in enumerate(blocks):
            logits = table[contents, last - places]
            moved[one, other] = logits.max() + np.log(np.exp(logits - logits.max()).mean())
    scores = _scores(moved, np.array([shares[block].mean() for block in blocks]))
    return {"block_positional": scores[0], "block_symbolic": scores[1]}


def _scores(moved: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """The weighted mean cosines of pairs of masses before and after a swap."""
    one, other = np.triu_indices(len(moved), k=1)
    before = np.stack([moved[one, one], moved[other, other]])
    after = np.stack([moved[other, one], moved[one, other]])
    before, after = (np.exp(pair - pair.max(axis=0)) for pair in (before, after))
    norms = np.linalg.norm(before, axis=0) * np.linalg.norm(after, axis=0)
    changes = np.abs(weights[one] - weights[other]) / TEMPERATURE
    shares = np.exp(changes - changes.max())
    shares /= shares.sum()
    return (
        float(shares @ ((before * after).sum(axis=0) / norms)),
        float(shares @ ((before * after[::-1]).sum(axis=0) / norms)),
    )


def _written(
    module: Any, block: Any, attention: Any, read: torch.Tensor, head: int, key_head: int
) -> torch.Tensor:
    """What a head writes of each content alone, as the unembedding reads it, up to a factor."""
    size = attention.head_dim
    values = attention.v_proj(read)[:, key_head * size : (key_head + 1) * size]
    written = values @ attention.o_proj.weight[:, head * size : (head + 1) * size].T
    gemma = hasattr(block, "pre_feedforward_layernorm")
    if gemma:
        written = written * (1 + block.post_attention_layernorm.weight.double())
    stream: torch.Tensor = written * (gemma + module.model.norm.weight.double())
    return stream


def _lost(table: np.ndarray, target: int, window: int) -> int | None:
    """The first length at which some arrangement, the first content kept first, leaves no lead."""
    last = len(table) - 1
    offset = last - target
    others = [content for content in range(1, last + 1) if content != target]
    strongest = table[others].max(axis=0)
    strongest[0] = table[last, 0]
    strongest[window:] = -np.inf
    first = np.where(np.arange(table.shape[1]) < window, table[0], -np.inf)
    if target:
        strongest[offset] = -np.inf
    for length in range(2 if target == 0 else offset + 2, table.shape[1] + 1):
        between = strongest[: length - 1].max()
        if target == 0:
            lead = first[length - 1] - between
        else:
            lead = table[target, offset] - max(between, first[length - 1])
        if lead <= 0:
            return length
    return None


@torch.no_grad()
def slow_losses(
    module: Any, ids: np.ndarray, layer: int | None = None, head: int = 0
) -> np.ndarray:
    """Losses of each next token, in nats, where what one head gives to the output map is zero.

    Args:
        module: a causal model of ``transformers``.
        ids: token ids.
        layer: the block of the head; no head is removed if None.
        head: the head.
    """

    def silence(_: Any, given: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor]:
        mixed = given[0].clone()
        mixed[..., head * size : (head + 1) * size] = 0
        return (mixed,)

    hooks = []
    if layer is not None:
        attention = module.model.layers[layer].self_attn
        size = attention.head_dim
        hooks = [attention.o_proj.register_forward_pre_hook(silence)]
    logits = module(torch.from_numpy(ids)[None]).logits[0, :-1]
    for hook in hooks:
        hook.remove()
    losses: np.ndarray = cross_entropy(logits, torch.from_numpy(ids[1:]), reduction="none").numpy()
    return losses


def slow_copies(ids: np.ndarray) -> list[list[int]]:
    """Runs of places whose next token followed the latest earlier occurrence of their own."""
    runs: list[list[int]] = []
    for place in range(len(ids) - 1):
        earlier = [at for at in range(place) if ids[at] == ids[place]]
        if earlier and ids[earlier[-1] + 1] == ids[place + 1]:
            if runs and runs[-1][-1] == place - 1:
                runs[-1].append(place)
            else:
                runs.append([place])
    return runs


def named_as_by_twin(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table with the names of the twin: predictions and lists taken apart."""
    outlook = row["outlook"]
    lists = {
        f"{name} {place}": value
        for name in ("use", "lags")
        for place, value in enumerate(row[name])
    }
    lost = (outlook["first_kept"] or outlook["anywhere"])["lost"]
    return {**row, **outlook, **lists, "lost": lost}
