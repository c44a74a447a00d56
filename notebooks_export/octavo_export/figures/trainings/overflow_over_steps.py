"""What every cast found beyond the largest value over the steps of a training."""

from __future__ import annotations

from matplotlib.figure import Figure

from ...over_steps import draw_grid, fraction
from ...read import Run
from ...training import ending, traces

SHOWS = "share of elements beyond the format's largest value while a model trains"


def draw(run: Run) -> Figure:
    subtitle = "Share of a tensor's elements that overflowed in the cast, over the micro-batches of a step."
    title = "Overflow while a model trains"
    return draw_grid(run, traces(run), "overflow_fraction", title, subtitle + ending(run), fraction, share=True)
