"""Compiled collapse of wells to dose means: all that least squares needs to know of the wells."""

from typing import no_type_check

import numpy as np

from exportin.compiled import compiled


@no_type_check
@compiled
def collapse_curve(x, y, v, dose, mean, weight):
    """Sort the wells of one curve by dose and average them with the weights ``v``.

    Returns the number of doses, the weighted sum of squares within doses and in total.
    """
    n = x.size
    order = np.argsort(x, kind="mergesort")
    at = np.empty(n, np.int64)
    m = 0
    for i in range(n):
        k = order[i]
        if m == 0 or x[k] != dose[m - 1]:
            dose[m] = x[k]
            mean[m] = 0.0
            weight[m] = 0.0
            m += 1
        weight[m - 1] += v[k]
        at[i] = m - 1
    shift = y[0] if n > 0 else 0.0
    grand = 0.0
    total_weight = 0.0
    for i in range(n):
        k = order[i]
        moved = y[k] - shift
        mean[at[i]] += v[k] * moved
        grand += v[k] * moved
        total_weight += v[k]
    if total_weight > 0.0:
        grand /= total_weight
    for j in range(m):
        mean[j] /= weight[j]
    correct = np.zeros(m)
    for i in range(n):
        k = order[i]
        correct[at[i]] += v[k] * (y[k] - shift - mean[at[i]])
    for j in range(m):
        mean[j] += correct[j] / weight[j]
    pure = 0.0
    total = 0.0
    for i in range(n):
        k = order[i]
        moved = y[k] - shift
        pure += v[k] * (moved - mean[at[i]]) ** 2
        total += v[k] * (moved - grand) ** 2
    for j in range(m):
        mean[j] += shift
        dose[j] *= 2.302585092994046
    return m, pure, total


@no_type_check
@compiled
def collapse_all(log10_dose, response, weight, offsets, dose, mean, weights, facts, keys):
    """Collapse every curve; its doses stand from its first well on.

    ``facts`` gets a row a curve: number of doses, sum of squares within doses, in total, and 1 if
    all responses are equal. ``keys`` gets two numbers that are equal for equal spacings of doses
    and for equal weights.
    """
    for i in range(offsets.size - 1):
        begin, end = offsets[i], offsets[i + 1]
        m, pure, total = collapse_curve(
            log10_dose[begin:end], response[begin:end], weight[begin:end],
            dose[begin:end], mean[begin:end], weights[begin:end],
        )  # fmt: skip
        facts[i, 0], facts[i, 1], facts[i, 2] = m, pure, total
        equal = True
        for k in range(begin + 1, end):
            equal &= response[k] == response[begin]
        facts[i, 3] = 1.0 if equal else 0.0
        keys[i, 0] = m
        keys[i, 1] = m
        for k in range(begin, begin + m):
            moved = np.int64(np.floor((dose[k] - dose[begin]) * 1e7 + 0.5))
            keys[i, 0] = keys[i, 0] * 6364136223846793005 + moved
            shared = np.int64(np.floor(weights[k] / weights[begin] * 1e9 + 0.5))
            keys[i, 1] = keys[i, 1] * 6364136223846793005 + shared
