"""Maps of the loss increase over two whole numbers: colours, cells without a value, marks by verdict, the scale."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from .style import Legend, whole_ticks

LEAST = 1e-3  # nats a token: what is smaller is drawn alike
COLOURS = ListedColormap(
    matplotlib.colormaps["magma_r"](np.linspace(0.0, 0.85, 256))
)  # ends before black, where lines would drown
MISSING = "#D9D9D9"
LOST = {"linestyle": "", "marker": "x", "color": "black"}
MARKS = {
    "holds": {"linestyle": "", "marker": "o", "color": "#0072B2", "markeredgecolor": "white", "markeredgewidth": 0.5},
    "undecided": {"linestyle": "", "marker": "o", "markerfacecolor": "none", "color": "#0072B2"},
}


def norm_of(grids: list[np.ndarray]) -> LogNorm:
    """A scale for all of them, from LEAST to the largest value."""
    top = max((grid[np.isfinite(grid)].max(initial=LEAST) for grid in grids), default=LEAST)
    return LogNorm(LEAST, max(float(top), 10 * LEAST))


def heat(axes: Axes, grid: np.ndarray, across: range, upward: range, norm: LogNorm):
    """The map of grid[upward, across]: NaN where nothing was measured, infinity where the loss is not finite."""
    extent = (across[0] - 0.5, across[-1] + 0.5, upward[0] - 0.5, upward[-1] + 0.5)
    shown = np.ma.masked_invalid(np.where(grid < norm.vmin, norm.vmin / 2, grid))
    axes.set_facecolor(MISSING)
    image = axes.imshow(
        shown, origin="lower", extent=extent, aspect="auto", interpolation="nearest", cmap=COLOURS, norm=norm
    )
    rows, columns = np.isposinf(grid).nonzero()
    axes.plot(columns + across[0], rows + upward[0], **LOST)
    axes.grid(False)
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    whole_ticks(axes.xaxis, 16)
    whole_ticks(axes.yaxis, 14)
    return image


def mark(axes: Axes, verdict: str, x, y, size: float) -> None:
    """The cells with this verdict."""
    if len(x):
        axes.plot(x, y, markersize=size, **MARKS[verdict])[0].set_gid(verdict)


def where_on_scale(norm: LogNorm, value: float) -> str:
    """Whether `scale` draws a line at the value."""
    return "line on the colour scale" if norm.vmin < value < norm.vmax else "beyond the colour scale"


def scale(figure: Figure, image, panels, amax: float) -> None:
    """The colours' scale, with a line at AMAX's increase."""
    bar = figure.colorbar(image, ax=list(panels), extend="min", pad=0.015, aspect=25)
    bar.set_label("loss increase (nats/token)")
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bar.outline.set_linewidth(0.5)
    if image.norm.vmin < amax < image.norm.vmax:
        bar.ax.axhline(amax, color="black", linewidth=1.2)


def legend(grids: list[np.ndarray], verdicts: set[str], by: str) -> Legend:
    """Of the marks by verdict and of cells without a number."""
    entries = [(Line2D([], [], markersize=4, **MARKS[name]), f"{name}, by {by}") for name in MARKS if name in verdicts]
    if any(np.isnan(grid).any() for grid in grids):
        entries.append((Patch(facecolor=MISSING), "not measured"))
    if any(np.isposinf(grid).any() for grid in grids):
        entries.append((Line2D([], [], **LOST), "loss not finite"))
    return entries
