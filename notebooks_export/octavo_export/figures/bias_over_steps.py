"""AMAX biases over the steps of a fine-tuning, kinds by roles, a line a decoder."""

from __future__ import annotations

from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..points import Lacks
from ..read import Run
from ..style import PLURAL, ROLES, Sheet, kind_order, whole_ticks

SHOWS = "AMAX biases of weights, activations and gradients while a model trains (arXiv 2309.17224, Figures 7 to 9)"


def draw(run: Run) -> Figure:
    frame = run.tensor_biases
    if frame is None or frame.empty or frame.step.nunique() == 1:
        raise Lacks("it has no biases of several steps; octavo run bias-over-steps writes them")
    model, seed = frame.model.iloc[-1], frame.seed.iloc[0]
    frame = frame[(frame.model == model) & (frame.seed == seed)]
    kinds, layers = kind_order(frame.kind), sorted(set(frame.layer))
    colours = {layer: colormaps["viridis"](0.9 * place / max(1, len(layers) - 1)) for place, layer in enumerate(layers)}
    sheet = Sheet(
        run,
        f"AMAX biases while {model} is fine-tuned",
        f"Seed {seed}; the mode over the micro-batches of a step. Gradients: of the outputs, with their margin of 3.",
        7.5,
        1.35 * len(kinds),
        [(Line2D([], [], color=colour, linewidth=1), f"decoder {layer}") for layer, colour in colours.items()],
    )
    grid = sheet.figure.subplots(len(kinds), len(ROLES), squeeze=False, sharex=True)
    for line, kind in zip(grid, kinds):
        for axes, role in zip(line, ROLES):
            for layer in layers:
                rows = frame[(frame.kind == kind) & (frame.role == role) & (frame.layer == layer)].sort_values("step")
                axes.plot(rows.step, rows.bias, color=colours[layer], linewidth=0.9, drawstyle="steps-post")
            whole_ticks(axes.yaxis, 5)
        line[0].set_ylabel(kind)
    for axes, role in zip(grid[0], ROLES):
        axes.set_title(PLURAL[role], loc="left")
    for axes in grid[-1]:
        axes.set_xlabel("step")
        whole_ticks(axes.xaxis, 5)
    return sheet.figure
