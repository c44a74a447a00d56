"""How often each scaling bias was chosen, by kind of linear layer, weights beside activations."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from ...measured import decoder_rows, decoders
from ...read import BIASES, Run
from ...style import PLURAL, ROLES, Sheet, kind_order, whole_ticks

SHOWS = "how often each bias was chosen, by kind"
_COLUMNS = 4


def draw(run: Run) -> Figure:
    found = decoders(run)
    counts = run.histogram(found.point, "bias").astype(float)
    kinds = kind_order(found.frame.kind[found.frame.layer >= 0])
    columns = min(_COLUMNS, len(kinds))
    lines = -(-len(kinds) // columns)
    subtitle = f"Under {found.how}. A weight counts once a decoder, an activation once a decoder and micro-batch;"
    subtitle += " bars of a colour add up to 100%."
    entries = [(Patch(facecolor=ROLES[role]), PLURAL[role].lower()) for role in found.roles]
    sheet = Sheet(
        run,
        "Distribution of scaling biases by kind of linear layer",
        subtitle,
        max(6.0, 2.4 * columns),
        1.9 * lines,
        entries,
    )
    panels = sheet.figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    used = counts.sum(axis=0).nonzero()[0]
    for axes, kind in zip(panels.flat, kinds):
        totals = np.array([counts[decoder_rows(found, role, kind).index].sum(axis=0) for role in found.roles])
        share = totals / np.maximum(totals.sum(axis=1, keepdims=True), 1.0)
        shown = share > 0
        width = 0.84 / len(found.roles)
        # Bars of one bias stand beside each other around its tick, a single one on it.
        offset = (shown.cumsum(axis=0) - (shown.sum(axis=0) + 1) / 2) * width
        for role, has, high, aside in zip(found.roles, shown, share, offset):
            axes.bar(BIASES[has] + aside[has], high[has], width, color=ROLES[role], linewidth=0)
        axes.set_title(kind, loc="left")
        axes.grid(axis="x", visible=False)
    _label(panels, len(kinds), used)
    return sheet.figure


def _label(panels: np.ndarray, filled: int, used: np.ndarray) -> None:
    columns = panels.shape[1]
    for axes in panels.flat[filled:]:
        axes.set_visible(False)
    for place, axes in enumerate(panels.flat[:filled]):
        if (
            place + columns >= filled
        ):  # nothing below: this panel carries the label, and the ticks that sharing took away
            axes.set_xlabel("scaling bias b")
            axes.tick_params(labelbottom=True)
        if place % columns == 0:
            axes.set_ylabel("share")
    first = panels[0, 0]
    first.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    whole_ticks(first.xaxis, 8)
    if len(used):
        first.set_xlim(BIASES[used[0]] - 0.75, BIASES[used[-1]] + 0.75)
