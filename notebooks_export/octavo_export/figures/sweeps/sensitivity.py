"""Which decoder bears which constant bias: the loss increase as a heat map over decoder and bias."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ... import heat_map
from ...points import Lacks, Series, series
from ...read import Run
from ...style import BLUE, PLURAL, Legend, Sheet

SHOWS = "loss increase by decoder and constant bias, one decoder at a time"
_OUTLINE = {"color": BLUE, "linewidth": 1.3, "solid_capstyle": "projecting", "clip_on": False}
_AMAX = {"linestyle": "", "marker": "D", "color": "white", "markeredgecolor": "black", "markeredgewidth": 0.6}


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
    width = max(5.5, min(11.0, 2.0 + 0.27 * len(layers)))
    grids = [_grid([item for item in found if item.role == role], layers, biases) for role in roles]
    norm = heat_map.norm_of(grids)
    if np.isfinite(amax):
        subtitle += f" All under AMAX: {amax:+.4f} nats/token ({heat_map.where_on_scale(norm, amax)})."
    height = (0.9 + 0.2 * max(8, min(len(biases), 30))) * len(roles)
    sheet = Sheet(run, "Loss increase by decoder and scaling bias", subtitle, width, height, _legend(found, grids))
    panels = sheet.figure.subplots(len(roles), 1, squeeze=False, sharex=True)[:, 0]
    size = max(1.5, min(3.5, 60.0 / len(layers)))
    for axes, role, grid in zip(panels, roles, grids):
        own = [item for item in found if item.role == role]
        image = heat_map.heat(axes, grid, layers, biases, norm)
        _overlay(axes, own)
        for item in own:
            undecided = item.points.bias[item.points.verdict == "undecided"].astype(int)
            heat_map.mark(axes, "undecided", [item.layer] * len(undecided), undecided, size)
        axes.set_title(PLURAL.get(role, role), loc="left")
        axes.set_ylabel("scaling bias b")
    panels[-1].set_xlabel("decoder")
    heat_map.scale(sheet.figure, image, panels, amax)
    return sheet.figure


def _grid(found: list[Series], layers: range, biases: range) -> np.ndarray:
    """Loss increase [bias, decoder]; NaN where there is no point, infinity where the loss is not finite."""
    grid = np.full((len(biases), len(layers)), np.nan)
    for item in found:
        values = item.points.loss_increase.to_numpy(dtype=float)
        rows = item.points.bias.to_numpy(dtype=int) - biases[0]
        grid[rows, item.layer - layers[0]] = np.where(np.isfinite(values), values, np.inf)
    return grid


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


def _legend(found: list[Series], grids: list[np.ndarray]) -> Legend:
    undecided = {verdict for item in found for verdict in item.points.verdict} & {"undecided"}
    swept = {item.layer: (item.points.bias.min(), item.points.bias.max()) for item in found}
    outside = sum(
        item.interval is not None and not swept[item.layer][0] <= item.interval.amax_bias_min <= swept[item.layer][1]
        for item in found
    )
    amax = "smallest AMAX bias" + (f" ({outside} of {len(found)} not among those swept)" if outside else "")
    return [
        (Patch(facecolor="none", edgecolor=BLUE), f"interval in which CSCALE holds, by {found[0].by}"),
        (Line2D([], [], **_AMAX), amax),
        *heat_map.legend(grids, undecided, found[0].by),
    ]
