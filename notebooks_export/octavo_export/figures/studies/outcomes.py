"""Held-out accuracy and loss by model and seed under the baseline and FP8-AMAX, from the studies of octavo run."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...points import Lacks
from ...read import Run
from ...style import BLACK, BLUE, ORANGE, GREEN, PURPLE, Sheet

SHOWS = "held-out accuracy and loss by model, seed and policy (arXiv 2309.17224, Tables 2 and 5)"

_COLOURS = (BLACK, ORANGE, BLUE, GREEN, PURPLE)


def draw(run: Run) -> Figure:
    frame = run.outcomes
    frame = None if frame is None else frame[frame.policy != "cscale"]
    if frame is None or frame.empty:
        raise Lacks("it has no outcomes of a baseline and FP8-AMAX; octavo run fine-tuning writes them")
    looks = dict(zip(dict.fromkeys(zip(frame.policy, frame.format)), _COLOURS))
    groups = list(dict.fromkeys(zip(frame.task, frame.model)))
    sheet = Sheet(
        run,
        f"Held-out accuracy and loss, {frame.stage.iloc[0]}",
        "A dot a seed.",
        7.0,
        0.8 + 0.3 * len(groups),
        [
            (Line2D([], [], color=colour, marker="o", linestyle="none", markersize=4), f"{policy} ({format})")
            for (policy, format), colour in looks.items()
        ],
    )
    left, right = sheet.figure.subplots(1, 2, sharey=True)
    for look, ((policy, format), colour) in enumerate(looks.items()):
        rows = frame[(frame.policy == policy) & (frame.format == format)]
        places = [groups.index(group) + 0.16 * (look - (len(looks) - 1) / 2) for group in zip(rows.task, rows.model)]
        for axes, column in ((left, "accuracy"), (right, "loss")):
            axes.plot(rows[column], places, color=colour, marker="o", linestyle="none", markersize=3.6)
            axes.set_xlabel(column if column == "accuracy" else "loss (nats)")
    left.set_yticks(range(len(groups)), [f"{model}, {task}" for task, model in groups])
    left.set_ylim(len(groups) - 0.5, -0.5)
    return sheet.figure
