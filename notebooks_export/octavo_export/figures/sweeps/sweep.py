"""Accuracy and loss of the whole model against the constant bias, AMAX and baseline (arXiv 2309.17224, Figure 5)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ...bias_axes import BIAS_LABEL, bias_ticks, draw_accuracy, draw_loss, legend
from ...points import Series, interval_words, series
from ...read import Run
from ...style import PLURAL, Sheet, signed
from ...versions import ACCURACY_LIMIT, ERRORS

SHOWS = "accuracy and loss against the constant bias, with AMAX, the baseline and the interval"


def draw(run: Run) -> Figure:
    found = series(run, "model")
    sheet = Sheet(
        run, "Where one constant scaling bias holds", _subtitle(found), 10.0, 2.7 * len(found), legend(found)
    )
    rows = sheet.figure.subplots(len(found), 3, squeeze=False)
    for row, item in zip(rows, found):
        draw_accuracy(row[0], item)
        row[0].set_ylim(bottom=min(0.0, row[0].get_ylim()[0]))
        row[0].set_title("Next-token accuracy", loc="left")
        row[0].set_ylabel("accuracy relative to baseline")
        _absolute(row[0], item)
        draw_accuracy(row[1], item)
        row[1].set_ylim(*_close_up(item))
        row[1].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
        row[1].set_title("The same, close to the baseline", loc="left")
        row[1].set_ylabel("accuracy relative to baseline")
        draw_loss(row[2], item)
        row[2].set_title("Loss above the baseline's", loc="left")
        row[2].set_ylabel("loss increase (nats/token)")
        for axes in row:
            bias_ticks(axes, item.points.bias)
            axes.set_xlabel(BIAS_LABEL)
    return sheet.figure


def _smallest(interval) -> str:
    if np.isnan(interval.amax_bias_min):
        return "AMAX finds no value to scale to."
    return f"The smallest AMAX bias is {signed(interval.amax_bias_min)}."


def _subtitle(found: list[Series]) -> str:
    told = ["x8 = cast(x · 2^b)."]
    for item in found:
        words = f"{PLURAL.get(item.role, item.role)} of every decoder under one bias b: "
        words += f"holds {interval_words(item.interval)}"
        if item.as_amax is not None:
            words += f"; is as good as AMAX {interval_words(item.as_amax)}"
        words += f", by {item.by}."
        if item.interval is not None:
            words += " " + _smallest(item.interval)
        if item.baseline is not None:
            words += f" Baseline: accuracy {item.baseline.accuracy:.2%}, loss {item.baseline.loss:.4f} nats/token."
        if item.amax is not None:
            share, more = item.amax.relative_accuracy, item.amax.loss_increase
            words += f" AMAX {item.amax.verdict}: {share:.2%} ± {2 * item.amax.relative_accuracy_se:.2%} of that accuracy, "
            words += f"loss {more:+.4f} ± {2 * item.amax.loss_increase_se:.4f} (2 standard errors)."
        told.append(words)
    return " ".join(told)


def _absolute(axes, item: Series) -> None:
    """A second scale with the accuracy itself, where the baseline has one to relate to."""
    if item.baseline is None or not 0 < item.baseline.accuracy <= 1:
        return
    whole = float(item.baseline.accuracy)
    right = axes.secondary_yaxis("right", functions=(lambda share: share * whole, lambda accuracy: accuracy / whole))
    right.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    right.set_ylabel("accuracy")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _close_up(item: Series) -> tuple[float, float]:
    """Limits that hold the threshold, the baseline and the bars of the points within two per cent of it."""
    value = item.points.relative_accuracy.to_numpy(dtype=float)
    spread = ERRORS * item.points.relative_accuracy_se.to_numpy(dtype=float)
    best = min(1.0, value[np.isfinite(value)].max(initial=0.0))  # a plateau may lie below the criterion
    near = (np.abs(value - best) < 0.02) & (np.abs(spread) < 0.05)
    low = min([ACCURACY_LIMIT - 0.002, *(value - spread)[near]])
    high = max([1.002, *(value + spread)[near]])
    room = 0.08 * (high - low)
    return low - room, high + room
