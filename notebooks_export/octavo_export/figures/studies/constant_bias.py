"""Accuracy against the constant bias, a row a task, a column a model, from the studies of octavo run."""

from __future__ import annotations

from itertools import product

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...bias_axes import MARKS
from ...points import Lacks
from ...read import Run
from ...style import BLACK, BLUE, GREY, ORANGE, Sheet, error_bars, whole_ticks
from ...versions import ACCURACY_LIMIT

SHOWS = "accuracy relative to the baseline against the constant bias, by task and model (arXiv 2309.17224, Figure 5)"

_LEGEND = [
    (Line2D([], [], color=BLUE, linewidth=0.9), "FP8-CSCALE, a line a seed"),
    *((Line2D([], [], color=BLUE, linestyle="", **mark), name) for name, mark in MARKS.items()),
    (Line2D([], [], color=ORANGE, linewidth=1.2), "FP8-AMAX, mean over seeds"),
    (Line2D([], [], color=BLACK, linewidth=0.8, linestyle="--"), "0.995 of the baseline"),
]


def draw(run: Run) -> Figure:
    frame = run.outcomes
    if frame is None or not (frame.policy == "cscale").any():
        raise Lacks("it has no outcomes under constant biases; octavo run inference writes them")
    tasks = list(dict.fromkeys(frame.task))
    models = list(dict.fromkeys(frame.model))
    sheet = Sheet(
        run,
        f"Accuracy under one constant bias, {frame.stage.iloc[0]}",
        "Accuracy / the baseline's on the same held-out examples, ± 2 standard errors paired by example.",
        max(6.0, 2.5 * len(models)),
        0.6 + 2.0 * len(tasks),
        _LEGEND,
    )
    grid = sheet.figure.subplots(len(tasks), len(models), squeeze=False, sharex=True, sharey=True)
    for axes, (task, model) in zip(grid.flat, product(tasks, models)):
        rows = frame[(frame.task == task) & (frame.model == model)]
        for _, of_seed in rows[rows.policy == "cscale"].groupby("seed"):
            of_seed = of_seed.sort_values("bias")
            error_bars(
                axes,
                of_seed.bias.astype(int),
                of_seed.relative_accuracy,
                2 * of_seed.relative_accuracy_se,
                color=BLUE,
                linewidth=0.8,
                elinewidth=0.5,
            )
            for name, mark in MARKS.items():
                marked = of_seed[of_seed.verdict_accuracy == name]
                if len(marked):
                    look = {**mark, "markersize": 0.65 * mark["markersize"]}
                    axes.plot(marked.bias.astype(int), marked.relative_accuracy, color=BLUE, linestyle="", **look)
        amax = rows[rows.policy == "amax"]
        if len(amax):
            axes.axhline(amax.relative_accuracy.mean(), color=ORANGE, linewidth=1.2)
        axes.axhline(ACCURACY_LIMIT, color=BLACK, linewidth=0.8, linestyle="--")
        axes.axhline(1.0, color=GREY, linewidth=0.5)
        axes.set_title(f"{model}: {task}", loc="left")
    for axes in grid[-1]:
        axes.set_xlabel("constant bias")
        whole_ticks(axes.xaxis, 5)
    for axes in grid[:, 0]:
        axes.set_ylabel("relative accuracy")
    return sheet.figure
