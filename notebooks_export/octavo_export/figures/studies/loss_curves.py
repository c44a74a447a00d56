"""Training loss by step under the baseline and FP8-AMAX, a panel a model, a line a seed."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...points import Lacks
from ...read import Run
from ...style import BLACK, ORANGE, Sheet, whole_ticks

SHOWS = "training loss in FP16 and under FP8-AMAX, by model and seed (arXiv 2309.17224, Figure 10)"

_LOOKS = {
    "baseline": {"color": BLACK, "linewidth": 1.4, "alpha": 0.7},
    "amax": {"color": ORANGE, "linewidth": 0.7},
}


def draw(run: Run) -> Figure:
    frame = run.loss_curves
    if frame is None or frame.empty:
        raise Lacks("it has no curves of the training loss; octavo run loss-overlap writes them")
    models = list(dict.fromkeys(frame.model))
    sheet = Sheet(
        run,
        "Training loss from scratch, FP16 and FP8-AMAX",
        "Nats a byte, a line a seed.",
        max(6.0, 3.2 * len(models)),
        2.8,
        [
            (Line2D([], [], **_LOOKS["baseline"]), "FP16 baseline"),
            (Line2D([], [], **_LOOKS["amax"]), "FP8-AMAX"),
        ],
    )
    grid = sheet.figure.subplots(1, len(models), squeeze=False, sharey=True)[0]
    for axes, model in zip(grid, models):
        for policy, look in _LOOKS.items():
            for _, rows in frame[(frame.model == model) & (frame.policy == policy)].groupby("seed"):
                axes.plot(rows.step, rows.loss, **look)
        axes.set_title(model, loc="left")
        axes.set_xlabel("step")
        whole_ticks(axes.xaxis, 6)
    grid[0].set_ylabel("loss (nats a byte)")
    return sheet.figure
