"""A number of every tensor over the steps of a training: a grid of kinds by roles, a line a decoder."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .bias_axes import on_edge
from .errors import Lacks
from .read import Run
from .style import PLURAL, ROLES, Sheet, kind_order, log_axis, plain, whole_ticks

_NAMED = 10  # decoders that a legend can tell apart; beyond, a colour scale does
_COLOURS = ListedColormap(colormaps["viridis"](np.linspace(0.0, 0.92, 256)))  # ends before yellow, which paper swallows
_MARKED = 12  # steps up to which each is a dot: a line through one of them would be nothing


def draw_grid(
    run: Run,
    frame: pd.DataFrame,
    column: str,
    title: str,
    subtitle: str,
    dress: Callable[[Axes, np.ndarray], None],
    share: bool = False,
) -> Figure:
    """`frame` has step, layer, kind, role and `column`; `dress` scales an axis of that column, given what it shows, or
    what all panels show where they `share` it. A value that is infinite is a mark on the upper edge."""
    frame = frame[(frame.layer >= 0) & (frame.kind != "")]
    if frame.empty:
        raise Lacks("its tensors belong to no decoder; octavo train of a model records those")
    kinds, layers = kind_order(frame.kind), sorted(set(frame.layer))
    roles = [role for role in ROLES if role in set(frame.role)] or sorted(set(frame.role))
    norm = Normalize(layers[0], max(layers[-1], layers[0] + 1))
    few = len(layers) <= _NAMED
    looks = {layer: _COLOURS(norm(layer)) for layer in layers}
    legend = [(Line2D([], [], color=looks[layer], linewidth=1.4), f"decoder {layer}") for layer in layers]
    everything = frame[column].to_numpy(dtype=float)
    if share and (everything == 0.0).all():
        subtitle += " All are 0."
    if np.isposinf(everything).any():
        subtitle += " A mark on the upper edge: infinite."
    sheet = Sheet(run, title, subtitle, 1.2 + 2.3 * max(2, len(roles)), 1.4 * len(kinds) + 0.4, legend if few else ())
    grid = sheet.figure.subplots(len(kinds), len(roles), squeeze=False, sharex=True, sharey=share)
    style = "steps-post" if column == "bias" else "default"
    marker = "." if frame.step.nunique() <= _MARKED else ""
    for line, kind in zip(grid, kinds):
        for axes, role in zip(line, roles):
            rows = frame[(frame.kind == kind) & (frame.role == role)]
            table = rows.pivot_table(index="step", columns="layer", values=column, aggfunc="last", dropna=False)
            values = table.to_numpy(dtype=float)
            shown = np.where(np.isfinite(values), values, np.nan)
            if column == "bias":  # decoders of equal bias lie side by side instead of hiding one another
                spread = min(0.4, 0.055 * (len(layers) - 1))
                shown = shown + spread * (np.searchsorted(layers, table.columns) / max(1, len(layers) - 1) - 0.5)
            lines = axes.plot(table.index, shown, linewidth=0.8, drawstyle=style, marker=marker, markersize=2.5)
            for drawn, layer in zip(lines, table.columns):
                drawn.set_color(looks[layer])
                drawn.set_in_layout(False)  # it stays within its axes; to ask hundreds of lines for that takes long
            for place, layer in zip(*np.isposinf(values).nonzero()):
                on_edge(axes, table.index[[place]], color=looks[table.columns[layer]], marker="x", markersize=3)
            dress(axes, everything if share else values)
        line[0].set_ylabel(kind)
    for axes, role in zip(grid[0], roles):
        axes.set_title(PLURAL.get(role, role), loc="left")
    for axes in grid[-1]:
        axes.set_xlabel("step")
        whole_ticks(axes.xaxis, 5)
    if not few:
        bar = sheet.figure.colorbar(ScalarMappable(norm, _COLOURS), ax=grid, pad=0.01, aspect=40)
        bar.set_label("decoder")
        whole_ticks(bar.ax.yaxis, 10)
        bar.outline.set_linewidth(0.5)
    return sheet.figure


def whole(axes: Axes, values: np.ndarray) -> None:
    """For biases: at least two steps high, beside which what sets decoders apart is small."""
    values = values[np.isfinite(values)]
    if len(values):
        axes.set_ylim(values.min() - 0.8, values.max() + 0.8)
    whole_ticks(axes.yaxis, 5)


def linear(axes: Axes, _: np.ndarray) -> None:
    axes.yaxis.get_major_locator().set_params(nbins=5)


def logarithmic(axes: Axes, values: np.ndarray) -> None:
    """For magnitudes: zero has no place, and where nothing else is there is nothing to scale."""
    if ((values > 0) & np.isfinite(values)).any():
        log_axis(axes)


def fraction(axes: Axes, values: np.ndarray) -> None:
    """For shares of elements, of which 0 is one: linear up to a millionth."""
    axes.set_yscale("symlog", linthresh=1e-6, linscale=0.5)
    axes.set_ylim(-1e-7, max(1e-5, 2.0 * values[np.isfinite(values)].max(initial=0.0)))
    axes.yaxis.set_major_locator(FixedLocator([0.0, *(10.0**power for power in range(-6, 1))]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
