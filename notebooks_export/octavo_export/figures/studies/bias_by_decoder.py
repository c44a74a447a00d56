"""AMAX biases by decoder and kind of linear layer for each model of a study, weights beside activations."""

from __future__ import annotations

from matplotlib.figure import Figure

from ...points import Lacks
from ...read import Run
from ...style import PLURAL, Sheet, apart, kind_legend, kind_look, kind_order, whole_ticks

SHOWS = "AMAX bias by decoder and kind for each model of a study (arXiv 2309.17224, Figure 6)"


def draw(run: Run) -> Figure:
    frame = run.tensor_biases
    if frame is None or frame.empty or frame.step.nunique() != 1:
        raise Lacks("it has no biases of one step; octavo run bias-by-decoder writes them")
    kinds = kind_order(frame.kind)
    models = list(dict.fromkeys(frame.model))
    sheet = Sheet(
        run,
        "AMAX biases by decoder",
        "floor(log2(max / amax)) of each tensor; for activations the mode over micro-batches. Equal biases are drawn a little apart.",
        6.5,
        1.9 * len(models),
        kind_legend(kinds),
    )
    grid = sheet.figure.subplots(len(models), 2, squeeze=False, sharey="row")
    for line, model in zip(grid, models):
        for axes, role in zip(line, ("weight", "activation")):
            rows = frame[(frame.model == model) & (frame.role == role)]
            for place, kind in enumerate(kinds):
                of_kind = rows[rows.kind == kind].sort_values("layer")
                axes.plot(of_kind.layer, of_kind.bias + apart(place, len(kinds)), **kind_look(kind, frame.layer.max() > 24))
            axes.set_title(f"{model}: {PLURAL[role].lower()}", loc="left")
            axes.set_xlabel("decoder")
            whole_ticks(axes.xaxis)
            whole_ticks(axes.yaxis, 7)
        line[0].set_ylabel("bias")
    return sheet.figure
