"""Share of outputs that overflow sums in FP16, against the margin."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...points import Lacks
from ...read import Run
from ...style import BLUE, GREEN, ORANGE, Sheet, whole_ticks

SHOWS = "outputs that overflow sums in FP16, by margin and product"

_COLOURS = {"y": BLUE, "dx": ORANGE, "dw": GREEN}


def draw(run: Run) -> Figure:
    frame = run.overflows
    if frame is None or frame.empty:
        raise Lacks("it has no table of overflows; octavo run margin writes one")
    panels = list(dict.fromkeys(zip(frame.model, frame.margin_of)))
    sheet = Sheet(
        run,
        "Overflow of sums in FP16 against the margin",
        "Share of the outputs that are infinite or NaN. Margin of gradients alone: weights and activations have 0.",
        max(6.0, 2.2 * len(panels)),
        2.6,
        [(Line2D([], [], color=colour, marker="o", markersize=3), name) for name, colour in _COLOURS.items()],
    )
    grid = sheet.figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axes, (model, margin_of) in zip(grid, panels):
        for name, colour in _COLOURS.items():
            rows = frame[(frame.model == model) & (frame.margin_of == margin_of) & (frame["product"] == name)]
            rows = rows.sort_values("margin")
            axes.plot(rows.margin, rows.share, color=colour, marker="o", markersize=3, linewidth=0.9)
        axes.set_yscale("symlog", linthresh=1e-6)
        axes.set_ylim(bottom=0)
        axes.set_title(f"{model}, margin of {'all' if margin_of == 'all' else 'gradients'}", loc="left")
        axes.set_xlabel("margin")
        whole_ticks(axes.xaxis, 6)
    grid[0].set_ylabel("share of outputs")
    return sheet.figure
