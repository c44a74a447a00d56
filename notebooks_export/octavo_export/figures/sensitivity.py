"""Which decoder bears which constant bias: the loss increase as a heat map over decoder and bias."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from ..points import Lacks, Series, series
from ..read import Run
from ..style import BLUE, PLURAL, Legend, Sheet, whole_ticks

SHOWS = "loss increase by decoder and constant bias, one decoder at a time"
_LEAST = 1e-3  # nats a token: what is smaller is drawn alike
_COLOURS = ListedColormap(
    matplotlib.colormaps["magma_r"](np.linspace(0.0, 0.85, 256))
)  # ends before black, where lines would drown
_MISSING = "#D9D9D9"
_OUTLINE = {"color": BLUE, "linewidth": 1.3, "solid_capstyle": "projecting", "clip_on": False}
_AMAX = {"linestyle": "", "marker": "D", "color": "white", "markeredgecolor": "black", "markeredgewidth": 0.6}
_LOST = {"linestyle": "", "marker": "x", "color": "black"}


def draw(run: Run) -> Figure:
    found = [item for item in series(run, "layer") if item.layer is not None]
    if not found:
        raise Lacks("its layer points name no decoder")
    roles = sorted({item.role for item in found})
    layers = range(min(item.layer for item in found), max(item.layer for item in found) + 1)
    biases = range(
        int(min(item.points.bias.min() for item in found)), int(max(item.points.bias.max() for item in found)) + 1
    )
    subtitle = "One decoder at a time under a constant bias, every other under the recipe."
    amax = found[0].amax.loss_increase if found[0].amax is not None else np.nan
    if np.isfinite(amax):
        subtitle += f" All under AMAX: {amax:+.4f} nats/token (line on the colour scale)."
    width = max(5.5, min(11.0, 2.0 + 0.27 * len(layers)))
    grids = [_grid([item for item in found if item.role == role], layers, biases) for role in roles]
    height = (0.9 + 0.2 * max(8, min(len(biases), 30))) * len(roles)
    sheet = Sheet(run, "Loss increase by decoder and scaling bias", subtitle, width, height, _legend(grids))
    panels = sheet.figure.subplots(len(roles), 1, squeeze=False, sharex=True)[:, 0]
    top = max((grid[np.isfinite(grid)].max(initial=_LEAST) for grid in grids), default=_LEAST)
    norm = LogNorm(_LEAST, max(float(top), 10 * _LEAST))
    for axes, role, grid in zip(panels, roles, grids):
        image = _heat(axes, grid, layers, biases, norm)
        _overlay(axes, [item for item in found if item.role == role])
        axes.set_title(PLURAL.get(role, role), loc="left")
        axes.set_ylabel("scaling bias b")
    panels[-1].set_xlabel("decoder")
    bar = sheet.figure.colorbar(image, ax=list(panels), extend="min", pad=0.015, aspect=25)
    bar.set_label("loss increase (nats/token)")
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bar.outline.set_linewidth(0.5)
    if norm.vmin < amax < norm.vmax:
        bar.ax.axhline(amax, color="black", linewidth=1.2)
    return sheet.figure


def _grid(found: list[Series], layers: range, biases: range) -> np.ndarray:
    """Loss increase [bias, decoder]; NaN where there is no point, infinity where the loss is not finite."""
    grid = np.full((len(biases), len(layers)), np.nan)
    for item in found:
        values = item.points.loss_increase.to_numpy(dtype=float)
        rows = item.points.bias.to_numpy(dtype=int) - biases[0]
        grid[rows, item.layer - layers[0]] = np.where(np.isfinite(values), values, np.inf)
    return grid


def _heat(axes: Axes, grid: np.ndarray, layers: range, biases: range, norm: LogNorm):
    extent = (layers[0] - 0.5, layers[-1] + 0.5, biases[0] - 0.5, biases[-1] + 0.5)
    shown = np.ma.masked_invalid(np.where(grid < norm.vmin, norm.vmin / 2, grid))
    axes.set_facecolor(_MISSING)
    image = axes.imshow(
        shown, origin="lower", extent=extent, aspect="auto", interpolation="nearest", cmap=_COLOURS, norm=norm
    )
    rows, columns = np.isposinf(grid).nonzero()
    axes.plot(columns + layers[0], rows + biases[0], **_LOST)
    axes.grid(False)
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    whole_ticks(axes.xaxis, 16)
    whole_ticks(axes.yaxis, 14)
    return image


def _overlay(axes: Axes, found: list[Series]) -> None:
    """The outline of the decoders' intervals, and each decoder's smallest AMAX bias as a mark."""
    edges = {
        item.layer: (item.interval.first_bias - 0.5, item.interval.last_bias + 0.5)
        for item in found
        if item.interval is not None and item.interval.biases > 0
    }
    for layer, edge in edges.items():
        left = edges.get(layer - 1, (edge[0],) * 2)  # without a neighbour the side is drawn whole
        right = edges.get(layer + 1, (edge[0],) * 2)
        for bias in edge:
            axes.plot([layer - 0.5, layer + 0.5], [bias, bias], **_OUTLINE)
        for x, other in ((layer - 0.5, left), (layer + 0.5, right)):
            for low, high in _outside(edge, other):
                axes.plot([x, x], [low, high], **_OUTLINE)
    low, high = axes.get_ylim()
    for item in found:
        if item.interval is not None and low < item.interval.amax_bias_min < high:
            axes.plot(item.layer, item.interval.amax_bias_min, **_AMAX)


def _outside(edge: tuple[float, float], other: tuple[float, float]) -> list[tuple[float, float]]:
    """The parts of the interval `edge` that `other` does not cover."""
    parts = [(edge[0], min(edge[1], other[0])), (max(edge[0], other[1]), edge[1])]
    return [(low, high) for low, high in parts if low < high]


def _legend(grids: list[np.ndarray]) -> Legend:
    entries = [
        (Patch(facecolor="none", edgecolor=BLUE), "interval in which CSCALE holds"),
        (Line2D([], [], **_AMAX), "smallest AMAX bias"),
    ]
    if any(np.isnan(grid).any() for grid in grids):
        entries.append((Patch(facecolor=_MISSING), "not measured"))
    if any(np.isposinf(grid).any() for grid in grids):
        entries.append((Line2D([], [], **_LOST), "loss not finite"))
    return entries
