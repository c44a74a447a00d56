"""Scaling biases over the steps of a training, kinds by roles, a line a decoder."""

from __future__ import annotations

from matplotlib.figure import Figure

from ...over_steps import draw_grid, whole
from ...points import Lacks
from ...read import Run
from ...training import ending, traces

SHOWS = "scaling biases of weights, activations and gradients while a model trains (arXiv 2309.17224, Figures 7 to 9)"

_APART = "Decoders of equal bias are drawn a little apart."


def draw(run: Run) -> Figure:
    frame = run.tensor_biases
    if frame is None:
        subtitle = f"Recipe {run.recipe_name}; the mode over the micro-batches of a step. {_APART}"
        return draw_grid(run, traces(run), "bias", "Scaling biases while a model trains", subtitle + ending(run), whole)
    if frame.step.nunique() < 2:
        raise Lacks("it has no biases of several steps; octavo run bias-over-steps writes them")
    model, seed = frame.model.iloc[-1], frame.seed.iloc[0]
    frame = frame[(frame.model == model) & (frame.seed == seed)]
    subtitle = f"Seed {seed}; the mode over the micro-batches of a step. Gradients: of the outputs, with their margin of 3."
    subtitle += f" {_APART}"
    return draw_grid(run, frame, "bias", f"AMAX biases while {model} is fine-tuned", subtitle, whole)
