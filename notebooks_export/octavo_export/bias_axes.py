"""What the panels over constant biases share: the intervals, accuracy and loss with their reference lines, verdicts."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator

from .points import Series
from .style import BLACK, BLUE, GREEN, GREY, VERMILLION, Legend, error_bars, has_height, whole_ticks
from .versions import ACCURACY_LIMIT, ERRORS, LOSS_LIMIT

LOSS_LINEAR = 0.01  # nats a token: the loss axis is linear up to here and logarithmic beyond
BIAS_LABEL = "scaling bias b"


# The mark of a point by its verdict: what holds is full, what is undecided hollow, what fails a dot.
MARKS = {
    "holds": {"marker": "o", "markersize": 4.0},
    "undecided": {"marker": "o", "markersize": 4.0, "markerfacecolor": "white"},
    "fails": {"marker": "o", "markersize": 2.0},
}


def shade_interval(axes: Axes, item: Series) -> None:
    """Shades the biases first..last of the table's row, half a step wider on each side, and to the edge, lighter, where
    only the sweep ends it; a bar along the foot where it is as good as AMAX. Nothing where there is none."""
    shade = {"facecolor": GREEN, "linewidth": 0}
    if item.interval is not None and item.interval.biases > 0:
        first, last = item.interval.first_bias - 0.5, item.interval.last_bias + 0.5
        axes.axvspan(first, last, alpha=0.16, **shade).set_gid("interval")
        if item.interval.open_below:
            axes.axvspan(first - 1, first, alpha=0.06, **shade).set_gid("open")
        if item.interval.open_above:
            axes.axvspan(last, last + 1, alpha=0.06, **shade).set_gid("open")
    if item.as_amax is not None and item.as_amax.biases > 0:
        first, last = item.as_amax.first_bias - 0.5, item.as_amax.last_bias + 0.5
        axes.axvspan(first, last, 0.0, 0.025, facecolor=VERMILLION, linewidth=0).set_gid("as-amax")


def draw_accuracy(axes: Axes, item: Series) -> None:
    """Accuracy relative to the baseline with two standard errors, the AMAX and baseline lines and the threshold."""
    shade_interval(axes, item)
    axes.axhline(1.0, color=BLACK, linewidth=0.8)
    axes.axhline(ACCURACY_LIMIT, color=GREY, linewidth=0.8, linestyle=":")
    if item.amax is not None and has_height(item.amax.relative_accuracy):
        axes.axhline(item.amax.relative_accuracy, color=VERMILLION, linewidth=1.0, linestyle="--")
    _bars(axes, item, "relative_accuracy", "verdict_accuracy")


def draw_loss(axes: Axes, item: Series) -> None:
    """Loss above the baseline's with two standard errors on an axis that is linear near zero, and the AMAX line."""
    shade_interval(axes, item)
    axes.axhline(0.0, color=BLACK, linewidth=0.8)
    axes.axhline(LOSS_LIMIT, color=GREY, linewidth=0.8, linestyle=":")
    if item.amax is not None and has_height(item.amax.loss_increase):
        axes.axhline(item.amax.loss_increase, color=VERMILLION, linewidth=1.0, linestyle="--")
    _bars(axes, item, "loss_increase", "verdict_loss")
    axes.set_yscale("symlog", linthresh=LOSS_LINEAR, linscale=0.6)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))


def bias_ticks(axes: Axes, biases, most: int = 10) -> None:
    """One unit of room around the swept biases, whole numbers as ticks."""
    axes.set_xlim(min(biases) - 0.75, max(biases) + 0.75)
    whole_ticks(axes.xaxis, most)


def legend(items: list[Series]) -> Legend:
    """Of what the series show; the interval's is the verdict that was asked for."""
    entries = [(Line2D([], [], color=BLACK, linewidth=0.8), "baseline")]
    if any(item.amax is not None for item in items):
        entries.append((Line2D([], [], color=VERMILLION, linestyle="--", linewidth=1.0), "FP8-AMAX"))
    entries.append((Line2D([], [], color=GREY, linestyle=":", linewidth=0.8), "limit: 99.5%, or 0.02 nats"))
    shown = {verdict for item in items for name in ("verdict_loss", "verdict_accuracy") for verdict in item.points[name]}
    entries += [
        (Line2D([], [], color=BLUE, linewidth=1.2, **MARKS[verdict]), f"constant bias: {verdict}")
        for verdict in MARKS
        if verdict in shown
    ]
    if any(item.interval is not None and item.interval.biases > 0 for item in items):
        entries.append((Patch(facecolor=GREEN, alpha=0.16), f"holds, by {items[0].by}"))
    if any(item.as_amax is not None and item.as_amax.biases > 0 for item in items):
        entries.append((Patch(facecolor=VERMILLION), f"as good as AMAX, by {items[0].by}"))
    return entries


def _bars(axes: Axes, item: Series, column: str, verdict: str) -> None:
    bias = item.points.bias.to_numpy(dtype=float)
    value = item.points[column].to_numpy(dtype=float)
    spread = ERRORS * item.points[column + "_se"].to_numpy(dtype=float)
    fine = has_height(value)
    error_bars(axes, bias, value, spread, color=BLUE, capsize=2.0, elinewidth=0.9)
    for name, mark in MARKS.items():
        chosen = fine & (item.points[verdict] == name).to_numpy()
        if chosen.any():
            axes.plot(bias[chosen], value[chosen], color=BLUE, linestyle="", zorder=3, **mark)[0].set_gid(name)
    if (~fine).any():  # a loss of NaN or infinity has no height: a cross on the upper edge says that the point exists
        on_edge(axes, bias[~fine], color=BLUE, marker="x")


def on_edge(axes: Axes, places, **look) -> None:
    """Marks on the upper edge, for values that have no height."""
    if len(places):
        line = axes.plot(
            places, np.ones(len(places)), linestyle="", transform=axes.get_xaxis_transform(), clip_on=False, **look
        )[0]
        line.set_in_layout(False)
