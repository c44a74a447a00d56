"""The largest magnitude of every tensor over the steps of a training."""

from __future__ import annotations

from matplotlib.figure import Figure

from ...over_steps import draw_grid, logarithmic
from ...read import Run
from ...training import ending, traces

SHOWS = "the largest magnitude of every tensor while a model trains"


def draw(run: Run) -> Figure:
    subtitle = "Of the elements before the cast, over the micro-batches of a step. Gradients: of the outputs of linear layers."
    return draw_grid(run, traces(run), "amax", "Largest magnitudes while a model trains", subtitle + ending(run), logarithmic)
