"""What the panels over constant biases share: the interval's shade, accuracy and loss with their reference lines."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator

from .points import Series
from .style import BLACK, BLUE, GREEN, GREY, VERMILLION, Legend, error_bars, has_height, whole_ticks

HOLDS = 0.995  # of the baseline's accuracy, plus two standard errors: docs/hdf5-schema.md, /tables/interval
STANDARD_ERRORS = 2.0
LOSS_LINEAR = 0.01  # nats a token: the loss axis is linear up to here and logarithmic beyond
BIAS_LABEL = "scaling bias b"


def shade_interval(axes: Axes, item: Series) -> None:
    """Shades the biases first..last of the table's row, half a step wider on each side; nothing where it has none."""
    if item.interval is not None and item.interval.biases > 0:
        patch = axes.axvspan(
            item.interval.first_bias - 0.5, item.interval.last_bias + 0.5, facecolor=GREEN, alpha=0.16, linewidth=0
        )
        patch.set_gid("interval")


def draw_accuracy(axes: Axes, item: Series) -> None:
    """Accuracy relative to the baseline with two standard errors, the AMAX and baseline lines and the threshold."""
    shade_interval(axes, item)
    axes.axhline(1.0, color=BLACK, linewidth=0.8)
    axes.axhline(HOLDS, color=GREY, linewidth=0.8, linestyle=":")
    if item.amax is not None and has_height(item.amax.relative_accuracy):
        axes.axhline(item.amax.relative_accuracy, color=VERMILLION, linewidth=1.0, linestyle="--")
    _bars(axes, item, "relative_accuracy", "relative_accuracy_se")


def draw_loss(axes: Axes, item: Series) -> None:
    """Loss above the baseline's with two standard errors on an axis that is linear near zero, and the AMAX line."""
    shade_interval(axes, item)
    axes.axhline(0.0, color=BLACK, linewidth=0.8)
    if item.amax is not None and has_height(item.amax.loss_increase):
        axes.axhline(item.amax.loss_increase, color=VERMILLION, linewidth=1.0, linestyle="--")
    _bars(axes, item, "loss_increase", "loss_increase_se")
    axes.set_yscale("symlog", linthresh=LOSS_LINEAR, linscale=0.6)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))


def bias_ticks(axes: Axes, biases, most: int = 10) -> None:
    """One unit of room around the swept biases, whole numbers as ticks."""
    axes.set_xlim(min(biases) - 0.75, max(biases) + 0.75)
    whole_ticks(axes.xaxis, most)


def legend(amax: bool) -> Legend:
    entries = [
        (Line2D([], [], color=BLUE, marker="o"), "constant bias (CSCALE), ± 2 standard errors"),
        (Line2D([], [], color=BLACK, linewidth=0.8), "baseline"),
        (Line2D([], [], color=GREY, linestyle=":", linewidth=0.8), "99.5% of the baseline"),
        (Patch(facecolor=GREEN, alpha=0.16), "interval in which CSCALE holds"),
    ]
    if amax:
        entries.insert(1, (Line2D([], [], color=VERMILLION, linestyle="--", linewidth=1.0), "FP8-AMAX"))
    return entries


def _bars(axes: Axes, item: Series, column: str, error: str) -> None:
    bias = item.points.bias.to_numpy(dtype=float)
    value = item.points[column].to_numpy(dtype=float)
    spread = STANDARD_ERRORS * item.points[error].to_numpy(dtype=float)
    fine = has_height(value)
    error_bars(axes, bias, value, spread, color=BLUE, marker="o", capsize=2.0, elinewidth=0.9)
    if (~fine).any():  # a loss of NaN or infinity has no height: a cross on the upper edge says that the point exists
        on_edge(axes, bias[~fine], color=BLUE, marker="x")


def on_edge(axes: Axes, places, **look) -> None:
    """Marks on the upper edge, for values that have no height."""
    if len(places):
        line = axes.plot(
            places, np.ones(len(places)), linestyle="", transform=axes.get_xaxis_transform(), clip_on=False, **look
        )[0]
        line.set_in_layout(False)
