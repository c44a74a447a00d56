"""What a loss scale changes, by baseline type and engine: held-out loss after training, and gradients lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...points import Lacks
from ...read import Run
from ...style import BLUE, GREEN, ORANGE, PURPLE, Sheet, whole_ticks

SHOWS = "held-out loss and gradients lost against the loss scale, by baseline type and accumulator"

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE)


def draw(run: Run) -> Figure:
    frame = run.loss_scales
    if frame is None or frame.empty:
        raise Lacks("it has no table of loss scales; octavo run loss-scale writes one")
    lines = dict(zip(dict.fromkeys(zip(frame.baseline, frame.engine)), _COLOURS))
    sheet = Sheet(
        run,
        "Training and the loss scale",
        "Held-out loss less that of FP32 with scale 1, without runs that diverged; derivatives that FP32 has and that are\n"
        "0 or not finite here, where there are any. A dot a seed.",
        6.5,
        2.8,
        [(Line2D([], [], color=c, marker="o", markersize=3), f"{baseline}, {engine}") for (baseline, engine), c in lines.items()],
    )
    lost = run.lost_gradients
    both = lost is not None and not lost.empty
    panels = sheet.figure.subplots(1, 2 if both else 1, squeeze=False)[0]
    for (baseline, engine), colour in lines.items():
        rows = frame[(frame.baseline == baseline) & (frame.engine == engine) & (frame.stopped == "")]
        _plot(panels[0], rows.loss_scale, rows.loss_increase, colour)
        if both:
            rows = lost[(lost.baseline == baseline) & (lost.engine == engine)]
            share = 100.0 * (rows.flushed + rows.not_finite) / rows.derivatives
            _plot(panels[1], rows.loss_scale[share > 0], share[share > 0], colour)
    panels[0].set_ylabel("increase of the loss (nats)")
    if both:
        panels[1].set_yscale("log")
        panels[1].set_ylabel("derivatives lost (%)")
    for axes in panels:
        axes.set_xlabel("log2 of the loss scale")
        whole_ticks(axes.xaxis)
    return sheet.figure


def _plot(axes: Axes, scale: pd.Series, values: pd.Series, colour: str) -> None:
    """A dot for each row, a line through the means by scale."""
    axes.plot(np.log2(scale), values, color=colour, marker="o", linestyle="none", markersize=3.4)
    mean = values.groupby(scale).mean()
    axes.plot(np.log2(mean.index), mean, color=colour, linewidth=0.9)
