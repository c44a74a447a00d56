"""Held-out loss after training against the loss scale, by baseline type and engine."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..points import Lacks
from ..read import Run
from ..style import BLUE, GREEN, ORANGE, PURPLE, Sheet

NAME = "loss-scales"
SHOWS = "held-out loss against the loss scale, by baseline type and accumulator"

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE)


def draw(run: Run) -> Figure:
    frame = run.loss_scales
    if frame is None or frame.empty:
        raise Lacks("it has no table of loss scales; octavo run loss-scale writes one")
    lines = dict(zip(dict.fromkeys(zip(frame.baseline, frame.engine)), _COLOURS))
    sheet = Sheet(
        run,
        "Loss after training against the loss scale",
        "Held-out loss less that of FP32 with scale 1, a dot a seed. Runs that diverged are left out.",
        6.5,
        2.8,
        [(Line2D([], [], color=c, marker="o", markersize=3), f"{baseline}, {engine}") for (baseline, engine), c in lines.items()],
    )
    axes = sheet.figure.subplots()
    for (baseline, engine), colour in lines.items():
        rows = frame[(frame.baseline == baseline) & (frame.engine == engine) & (frame.stopped == "")]
        axes.plot(np.log2(rows.loss_scale), rows.loss_increase, color=colour, marker="o", linestyle="none", markersize=3.4)
        mean = rows.groupby("loss_scale").loss_increase.mean()
        axes.plot(np.log2(mean.index), mean, color=colour, linewidth=0.9)
    axes.set_xlabel("log2 of the loss scale")
    axes.set_ylabel("increase of the loss (nats)")
    return sheet.figure
