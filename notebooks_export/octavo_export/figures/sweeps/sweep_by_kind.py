"""Accuracy and loss against the constant bias of one kind of linear layer at a time, the rest under the recipe."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ...bias_axes import BIAS_LABEL, bias_ticks, draw_accuracy, draw_loss, legend
from ...points import series
from ...read import Run
from ...style import PLURAL, Sheet

SHOWS = "the same for one kind of linear layer at a time"


def draw(run: Run) -> Figure:
    found = series(run, "kind")
    roles = {item.role for item in found}
    under = " or ".join(sorted(PLURAL.get(role, role).lower() for role in roles))
    subtitle = f"The {under} of one kind, in all decoders, under a constant bias; everything else follows the recipe."
    sheet = Sheet(
        run,
        "Where one constant scaling bias holds, by kind of linear layer",
        subtitle,
        max(6.0, 1.0 + 1.5 * len(found)),
        4.2,
        legend(found),
    )
    rows = sheet.figure.subplots(2, len(found), squeeze=False, sharex=True, sharey="row")
    for item, above, below in zip(found, *rows):
        draw_accuracy(above, item)
        draw_loss(below, item)
        above.set_title(item.target if len(roles) == 1 else f"{item.target}\n{item.role}", loc="left")
        below.set_xlabel(BIAS_LABEL)
        for axes in (above, below):
            bias_ticks(axes, [bias for each in found for bias in each.points.bias], most=5)
    low, high = rows[0, 0].get_ylim()
    rows[0, 0].set_ylim(min(low, -0.04 if low < 0.5 else 0.9), max(high, 1.02))  # from 0% where there is a cliff
    rows[0, 0].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    rows[0, 0].set_ylabel("accuracy relative to baseline")
    rows[1, 0].set_ylabel("loss increase (nats/token)")
    return sheet.figure
