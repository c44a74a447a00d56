"""Which scales casts chose: the scaling bias of each tensor by format and scaling, and its range over blocks."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...quantized import quantized
from ...read import BIASES, Run
from ...style import Sheet, format_look, whole_ticks

SHOWS = "scales by tensor, format and scaling, with their range over blocks"
_LINE, _BETWEEN = 0.085, 0.1  # inches: a cast of a tensor, the space between tensors


def draw(run: Run) -> Figure:
    found = quantized(run)
    looks = {
        cast: {"color": format_look(place)["color"], "marker": "os^DvPX"[place % 7]} for place, cast in enumerate(found.casts)
    }
    legend = [(Line2D([], [], linestyle="", markersize=3.6, **look), cast) for cast, look in looks.items()]
    subtitle = "floor(log2(scale)), x8 = cast(x · scale): a mark at the commonest, a line from the least to the largest of"
    subtitle += " a tensor's blocks. No mark: no scale comes from a value." + found.left_out
    step = _LINE * len(found.casts) + _BETWEEN
    sheet = Sheet(run, "Scales of each tensor", subtitle, 8.0, 0.7 + step * len(found.tensors), legend)
    axes = sheet.figure.subplots()
    for row in found.frame.itertuples():
        counts = run.histogram(row.run, "bias").sum(axis=0)
        chosen = BIASES[counts > 0]
        if not len(chosen):
            continue
        place = (found.casts.index(row.cast) - (len(found.casts) - 1) / 2) * _LINE / step
        y = found.tensors.index(row.tensor) + place
        look = looks[row.cast]
        if chosen[0] != chosen[-1]:
            axes.plot([chosen[0], chosen[-1]], [y, y], color=look["color"], linewidth=0.9)
        axes.plot(BIASES[int(np.argmax(counts))], y, linestyle="", markersize=3.2, **look)
    axes.set_ylim(len(found.tensors) - 0.5, -0.5)
    axes.set_yticks(range(len(found.tensors)), found.labels())
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.set_xlabel("scaling bias b")
    whole_ticks(axes.xaxis, 12)
    return sheet.figure
