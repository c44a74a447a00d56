"""What every cast lost to zero over the steps of a training."""

from __future__ import annotations

from matplotlib.figure import Figure

from ...over_steps import draw_grid, fraction
from ...read import Run
from ...training import ending, traces

SHOWS = "share of elements that every cast made zero while a model trains"


def draw(run: Run) -> Figure:
    subtitle = "Share of a tensor's elements that were not zero and became it, over the micro-batches of a step."
    title = "Underflow while a model trains"
    return draw_grid(run, traces(run), "underflow_fraction", title, subtitle + ending(run), fraction, share=True)
