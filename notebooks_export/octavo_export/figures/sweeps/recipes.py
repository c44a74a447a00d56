"""What each recipe of an evaluation costs: loss above the model without casts, and how far its predictions move."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ...bias_axes import MARKS
from ...errors import one_line
from ...points import Lacks
from ...read import Run
from ...style import BLACK, BLUE, GREY, ORANGE, Sheet, error_bars, has_height
from ...versions import ERRORS, LOSS_LIMIT

SHOWS = "loss increase of each recipe over the model without casts, with verdicts, and the KL divergence"


def draw(run: Run) -> Figure:
    frame = run.eval
    frame = None if frame is None else frame[frame.policy == "recipe"].reset_index(drop=True)
    if frame is None or frame.empty:
        raise Lacks("it compares no recipes; octavo eval --recipe A,B,C --out RUN.h5 does")
    verdicts = [name for name in MARKS if name in set(frame.verdict_loss)]
    legend = [(Line2D([], [], color=BLUE, linestyle="", **MARKS[name]), name) for name in verdicts]
    legend.append((Line2D([], [], color=GREY, linestyle=":", linewidth=0.8), "limit: 0.02 nats"))
    subtitle = "Each beside the model without casts in its own baseline type, on the same tokens; ± 2 standard errors."
    sheet = Sheet(run, "What recipes cost", subtitle, 7.5, 0.9 + 0.26 * len(frame), legend)
    left, right = sheet.figure.subplots(1, 2, sharey=True)
    places = np.arange(len(frame))
    bars = {"upright": False, "fmt": "none", "elinewidth": 0.9, "capsize": 2.0}
    error_bars(left, places, frame.loss_increase, ERRORS * frame.loss_increase_se, color=BLUE, **bars)
    for name in verdicts:
        own = (frame.verdict_loss == name) & has_height(frame.loss_increase)
        left.plot(frame.loss_increase[own], places[own], color=BLUE, linestyle="", **MARKS[name])
    left.axvline(0.0, color=BLACK, linewidth=0.8)
    left.axvline(LOSS_LIMIT, color=GREY, linewidth=0.8, linestyle=":")
    left.set_xlabel("loss increase (nats/token)")
    error_bars(right, places, frame.kl, ERRORS * frame.kl_se, color=ORANGE, **bars)
    right.plot(frame.kl[has_height(frame.kl)], places[has_height(frame.kl)], color=ORANGE, linestyle="", marker="o")
    right.set_xlim(left=0.0)
    right.set_xlabel("KL to the model without casts (nats/token)")
    for axes in (left, right):
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    names = [one_line(row.recipe, 40) + ("" if np.isfinite(row.loss) else " (not finite)") for row in frame.itertuples()]
    left.set_yticks(places, names)
    left.set_ylim(len(frame) - 0.5, -0.5)
    return sheet.figure
