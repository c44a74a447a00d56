"""The signal-to-noise ratio of every cast over the steps of a training."""

from __future__ import annotations

from matplotlib.figure import Figure

from ...over_steps import draw_grid, linear
from ...read import Run
from ...training import ending, traces

SHOWS = "signal-to-noise ratio of every cast while a model trains"


def draw(run: Run) -> Figure:
    subtitle = "10 log10(Σx² / Σ(x − x8)²) in dB, over the micro-batches of a step; infinite where the cast is exact."
    return draw_grid(run, traces(run), "snr_db", "Signal-to-noise ratio while a model trains", subtitle + ending(run), linear)
