"""The interval of constant biases that do not fail, by model, task and seed, from the studies of octavo run."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...points import Lacks
from ...read import Run
from ...style import BLUE, VERMILLION, Sheet, whole_ticks

SHOWS = "where one constant bias does not fail, by model, task and seed (arXiv 2309.17224, Tables 3 and 6)"


_UNDECIDED = {"linestyle": "", "marker": "o", "color": BLUE, "markerfacecolor": "white", "markersize": 3.0}


def draw(run: Run) -> Figure:
    frame = run.bias_intervals
    if frame is None or frame.empty:
        raise Lacks("it has no table of intervals; octavo run inference and fine-tuning-interval write one")
    frame = frame.sort_values(["parameters", "task", "seed"], kind="stable").reset_index(drop=True)
    sheet = Sheet(
        run,
        f"Constant biases that do not fail, {frame.stage.iloc[0]}",
        "Relative accuracy + 2 standard errors is at least 0.995: of the biases that were tried, those that hold and those that are undecided. An arrow: the search ends there.",
        6.0,
        0.6 + 0.22 * len(frame),
        [
            (Line2D([], [], color=BLUE, linewidth=4), "biases that do not fail"),
            (Line2D([], [], **_UNDECIDED), "tried and undecided"),
            (Line2D([], [], color=VERMILLION, marker="D", linestyle="none", markersize=4), "smallest AMAX bias"),
        ],
    )
    axes = sheet.figure.subplots()
    for place, row in enumerate(frame.itertuples()):
        if row.biases > 0:
            axes.plot([row.first_bias - 0.4, row.last_bias + 0.4], [place, place], color=BLUE, linewidth=4)
            for is_open, edge, arrow in (
                (row.open_below, row.first_bias - 0.55, "<"),
                (row.open_above, row.last_bias + 0.55, ">"),
            ):
                if is_open:
                    axes.plot(edge, place, color=BLUE, marker=arrow, markersize=5)
            undecided = _undecided(run, row)
            if len(undecided):
                axes.plot(undecided, [place] * len(undecided), **_UNDECIDED)
        axes.plot(row.amax_bias_min, place, color=VERMILLION, marker="D", markersize=4)
    axes.set_yticks(range(len(frame)), [f"{row.model}, {row.task}, seed {row.seed}" for row in frame.itertuples()])
    axes.set_ylim(len(frame) - 0.5, -0.5)
    axes.set_xlabel("constant bias")
    whole_ticks(axes.xaxis)
    return sheet.figure


def _undecided(run: Run, row) -> list[int]:
    """The biases in the row's interval that were tried and are neither sound nor not."""
    if run.outcomes is None:
        return []
    tried = run.outcomes
    own = (tried.task == row.task) & (tried.stage == row.stage) & (tried.model == row.model) & (tried.seed == row.seed)
    tried = tried[own & (tried.policy == "cscale") & (tried.verdict == "undecided")]
    return [int(bias) for bias in tried.bias if row.first_bias <= bias <= row.last_bias]
