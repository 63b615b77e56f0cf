"""The attention layer again, in plain Python: loops, lists and ``math.cos``."""

import math

from constructions.attention import HeadWeights, Layer


def product(row: list[float], matrix: list[list[float]]) -> list[float]:
    return [
        math.fsum(x * entries[column] for x, entries in zip(row, matrix, strict=True))
        for column in range(len(matrix[0]))
    ]


def logit(head: HeadWeights, query: list[float], key: list[float], distance: int) -> float:
    total = 0.0
    for plane, angle in enumerate(head.angles.tolist()):
        cosine, sine = math.cos(distance * angle), math.sin(distance * angle)
        x, y = query[2 * plane], query[2 * plane + 1]
        total += key[2 * plane] * (cosine * x - sine * y)
        total += key[2 * plane + 1] * (sine * x + cosine * y)
    return total


def attend(layer: Layer, x: list[list[float]], beta: float) -> list[list[float]]:
    output = [list(row) if layer.residual else [0.0] * len(row) for row in x]
    for head in layer.heads:
        for i in range(len(x)):
            query = product(x[i], head.query.tolist())
            scores = [
                logit(head, query, product(x[j], head.key.tolist()), i - j) for j in range(i + 1)
            ]
            top = max(scores)
            if math.isinf(beta):
                mass = [float(score == top) for score in scores]
            else:
                mass = [math.exp(beta * (score - top)) for score in scores]
            for j in range(i + 1):
                moved = product(product(x[j], head.value.tolist()), head.output.tolist())
                for channel in range(len(moved)):
                    output[i][channel] += mass[j] / math.fsum(mass) * moved[channel]
    return output
