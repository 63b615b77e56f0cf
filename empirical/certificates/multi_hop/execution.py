"""The network on given inputs: in floats, to look for failures, and in balls, to show them."""

import numpy as np
from flint import arb, arb_mat, ctx
from jaxtyping import Float64, Int64

from empirical.certificates.multi_hop.network import StoredLayer, StoredMLP, Vector, WalkNetwork
from empirical.certificates.one_layer.gptj import angle_balls

Inputs = Int64[np.ndarray, "inputs length"]
Streams = Float64[np.ndarray, "inputs length width"]
Asking = Float64[np.ndarray, "inputs rows width"]
Weights = Float64[np.ndarray, "inputs rows length"]
Rows = Float64[np.ndarray, "... width"]
BITS = (128, 512, 2048)
"""Precision of the balls: the next where a margin is not known to ``ACCURATE`` bits."""
ACCURATE = 48
"""Bits to which a witness's margin is to be known, so that the checker finds the same."""


def logits(network: WalkNetwork, inputs: Inputs) -> Float64[np.ndarray, "inputs classes"]:
    """Logits at the last position, in floats."""
    stream = network.embedding[inputs]
    for depth, layer in enumerate(network.layers, start=1):
        last = depth == len(network.layers)
        read = _normed(stream, layer.gain, layer.shift, network.epsilon)
        asking = read[:, -1:] if last else read
        weights = _attention(network, layer, asking, read)
        written = weights @ (read @ layer.value) @ layer.output
        if layer.mlp is not None:
            written = written + _mlp(layer.mlp, asking)
        stream = (stream[:, -1:] if last else stream) + written
    read = _normed(stream[:, -1], network.gain, network.shift, network.epsilon)
    classes: Float64[np.ndarray, "inputs classes"] = read @ network.head.T + network.bias
    return classes


def _normed(stream: Rows, gain: Vector, shift: Vector, epsilon: float) -> Rows:
    centred = stream - stream.mean(axis=-1, keepdims=True)
    divisor = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon)
    normed: Rows = centred / divisor * gain + shift
    return normed


def _attention(network: WalkNetwork, layer: StoredLayer, asking: Asking, read: Streams) -> Weights:
    """Weights of the last positions, as many as ask, on every position."""
    length, rows = read.shape[1], asking.shape[1]
    query = _turned(network, asking @ layer.query, length - rows)
    key = _turned(network, read @ layer.key, 0)
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(layer.key.shape[1])
    later = np.arange(length) > np.arange(length - rows, length)[:, None]
    scores = np.where(later, -np.inf, scores)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights: Weights = powers / powers.sum(axis=2, keepdims=True)
    return weights


def _turned(network: WalkNetwork, rows: Asking, first: int) -> Streams:
    planes = len(network.turns.angles)
    cos, sin = np.hsplit(network.turns.block(first, first + rows.shape[1]), 2)
    turned = rows.copy()
    even, odd = rows[..., : 2 * planes : 2], rows[..., 1 : 2 * planes : 2]
    turned[..., : 2 * planes : 2] = even * cos - odd * sin
    turned[..., 1 : 2 * planes : 2] = odd * cos + even * sin
    return turned


def _mlp(mlp: StoredMLP, read: Asking) -> Asking:
    hidden = read @ mlp.into + mlp.into_bias
    inner = np.sqrt(2 / np.pi) * (hidden + 0.044715 * hidden**3)
    written: Asking = hidden / 2 * (1 + np.tanh(inner)) @ mlp.back + mlp.back_bias
    return written


def margin(network: WalkNetwork, tokens: tuple[int, ...], answer: int, rival: int) -> arb:
    """The answer's logit less the rival's on one input, in a ball known to ``ACCURATE`` bits.

    Where 2,048 bits do not tell as much, the ball is what they tell.
    """
    ball = arb(0)
    for bits in BITS:
        with ctx.workprec(bits):
            ball = _margin(network, tokens, answer, rival)
        if ball.rel_accuracy_bits() >= ACCURATE:
            break
    return ball


def _margin(network: WalkNetwork, tokens: tuple[int, ...], answer: int, rival: int) -> arb:
    stream = _balls(network.embedding[list(tokens)])
    epsilon, angles = arb(network.epsilon), angle_balls(network.config)
    for layer in network.layers:
        read = _normed_balls(stream, layer.gain, layer.shift, epsilon)
        mixed = _attention_balls(angles, layer, read) * (read * _balls(layer.value))
        stream = stream + mixed * _balls(layer.output)
        if layer.mlp is not None:
            stream = stream + _mlp_balls(layer.mlp, read)
    last = arb_mat([stream.tolist()[-1]])
    read = _normed_balls(last, network.gain, network.shift, epsilon)
    classes = _balls(network.head[[answer, rival]])
    own, other = (read * classes.transpose()).entries()
    return own - other + arb(float(network.bias[answer])) - arb(float(network.bias[rival]))


def _balls(rows: Float64[np.ndarray, "rows columns"]) -> arb_mat:
    return arb_mat([[arb(x) for x in row] for row in rows.tolist()])


def _normed_balls(stream: arb_mat, gain: Vector, shift: Vector, epsilon: arb) -> arb_mat:
    rows = []
    for row in stream.tolist():
        mean = sum(row, arb(0)) / len(row)
        centred = [x - mean for x in row]
        inverse = (sum((x * x for x in centred), arb(0)) / len(row) + epsilon).rsqrt()
        scales = zip(centred, gain.tolist(), shift.tolist(), strict=True)
        rows.append([x * inverse * arb(g) + arb(s) for x, g, s in scales])
    return arb_mat(rows)


def _attention_balls(angles: list[arb], layer: StoredLayer, read: arb_mat) -> arb_mat:
    query = _turned_balls(angles, read * _balls(layer.query))
    key = _turned_balls(angles, read * _balls(layer.key))
    scores = (query * key.transpose() / arb(key.ncols()).sqrt()).tolist()
    rows = []
    for position, row in enumerate(scores):
        top = arb(max(float(score.mid()) for score in row[: position + 1]))
        powers = [(score - top).exp() for score in row[: position + 1]]
        total = sum(powers, arb(0))
        rows.append([power / total for power in powers] + [arb(0)] * (len(scores) - 1 - position))
    return arb_mat(rows)


def _turned_balls(angles: list[arb], rows: arb_mat) -> arb_mat:
    planes, turned = len(angles), []
    for position, row in enumerate(rows.tolist()):
        turns = [(angle * position).sin_cos() for angle in angles]
        pairs = zip(row[: 2 * planes : 2], row[1 : 2 * planes : 2], turns, strict=True)
        both = [(x * cos - y * sin, y * cos + x * sin) for x, y, (sin, cos) in pairs]
        turned.append([x for pair in both for x in pair] + row[2 * planes :])
    return arb_mat(turned)


def _mlp_balls(mlp: StoredMLP, read: arb_mat) -> arb_mat:
    hidden = (read * _balls(mlp.into)).tolist()
    bias = [arb(x) for x in mlp.into_bias.tolist()]
    active = [[_gelu(x + b) for x, b in zip(row, bias, strict=True)] for row in hidden]
    written = (arb_mat(active) * _balls(mlp.back)).tolist()
    bias = [arb(x) for x in mlp.back_bias.tolist()]
    return arb_mat([[x + b for x, b in zip(row, bias, strict=True)] for row in written])


def _gelu(x: arb) -> arb:
    """``gelu_new``, the tanh form of GELU."""
    cubic = x + arb("0.044715") * x * x * x  # a power of a ball around zero is no number
    return x / 2 * (1 + ((2 / arb.pi()).sqrt() * cubic).tanh())
