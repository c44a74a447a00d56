"""Error of products by engine, promotion interval and K against exact sums; beside it a model's loss on each engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ...points import Lacks
from ...read import Run
from ...style import BLACK, GREEN, GREY, ORANGE, PURPLE, VERMILLION, Sheet, error_bars

SHOWS = "error of products by engine, promotion interval and K"

_TITLES = {"uniform": "Uniform on [0, 1)", "normal": "Normal"}
_COLOURS = {
    "fp32": (BLACK, "o"),
    "bf16": (GREY, "."),
    "fp16-accumulate": (VERMILLION, "X"),
    "hopper-mma": (GREEN, "s"),
    "ada-mma": (PURPLE, "D"),
    "blackwell-tcgen05": (ORANGE, "^"),
}


def draw(run: Run) -> Figure:
    frame = run.accumulation
    if frame is None or frame.empty:
        raise Lacks("it has no table of accumulation errors; octavo run accumulation writes one")
    frame = frame[(frame.engine != "exact") & (frame.k > 0)]
    panels = [name for name in _TITLES if name in set(frame.distribution)]
    if not panels:
        raise Lacks("its table of accumulation errors has no engine beside exact")
    model = run.accumulation_model
    model = None if model is None else model[model.engine != "exact"].reset_index(drop=True)
    with_model = model is not None and len(model) > 0
    lines = _lines(frame)
    sheet = Sheet(
        run,
        "Error of a product against its exact sum",
        "||D − exact|| / ||exact|| over all finite outputs; values cast to E4M3. /P: promoted to FP32 every P of K. Exact points are left out."
        + (" Right: the model's loss over that on exact products, ± 2 paired standard errors." if with_model else ""),
        10.0 if with_model else 7.0,
        3.4,
        [(Line2D([], [], **look), label) for label, (_, look) in lines.items()],
    )
    columns = len(panels) + with_model
    axes = sheet.figure.subplots(1, columns, squeeze=False)[0]
    for place, name in zip(axes, panels):
        _errors(place, frame[frame.distribution == name], lines)
        place.set_title(_TITLES[name], loc="left")
    axes[0].set_ylabel("normwise relative error")
    if with_model:
        _losses(axes[-1], model)
    return sheet.figure


def _label(row) -> str:
    accumulator = " f16" if row.accumulator == "f16" else ""
    return f"{row.engine}{accumulator}" + (f" /{row.promotion}" if row.promotion else "")


def _lines(frame: pd.DataFrame) -> dict[str, tuple[tuple, dict]]:
    """Label to (engine, accumulator, promotion) and look, in the order of the table."""
    lines = {}
    intervals = sorted(set(frame.promotion[frame.promotion > 0]), reverse=True)
    for row in frame.drop_duplicates(["engine", "accumulator", "promotion"]).itertuples():
        colour, marker = _COLOURS.get(row.engine, ("#0072B2", "v"))
        if row.engine == "hopper-wgmma":  # darker the more often it is promoted
            shade = 0.35 + 0.55 * (1 + intervals.index(row.promotion) if row.promotion else 0) / (1 + len(intervals))
            colour, marker = colormaps["Blues"](shade), "v"
        style = "--" if row.accumulator == "f16" else "-"
        look = {"color": colour, "marker": marker, "markersize": 3.2, "linewidth": 0.9, "linestyle": style}
        lines[_label(row)] = ((row.engine, row.accumulator, row.promotion), look)
    return lines


def _errors(axes, frame: pd.DataFrame, lines) -> None:
    positive = False
    for (engine, accumulator, promotion), look in lines.values():
        chosen = (frame.engine == engine) & (frame.accumulator == accumulator) & (frame.promotion == promotion)
        rows = frame[chosen].sort_values("k")
        error = rows.normwise_relative_error
        shown = error.where(np.isfinite(error) & (error > 0))
        positive = positive or shown.notna().any()
        axes.plot(rows.k, shown, **look)
    depths = sorted(set(frame.k))
    axes.set_xscale("log", base=2)
    if positive:
        axes.set_yscale("log")
    axes.xaxis.set_major_locator(FixedLocator(depths[:: 1 + len(depths) // 8]))
    axes.xaxis.set_major_formatter(FixedFormatter([str(depth) for depth in depths[:: 1 + len(depths) // 8]]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("K")


def _losses(axes, model: pd.DataFrame) -> None:
    places = np.arange(len(model))[::-1]
    error_bars(
        axes,
        places,
        model.loss_increase,
        2 * model.loss_increase_se,
        upright=False,
        fmt="o",
        color=BLACK,
        markersize=3.2,
        linewidth=0,
        elinewidth=0.8,
    )
    axes.axvline(0, color=GREY, linewidth=0.8)
    names = [_label(row) + ("" if np.isfinite(row.loss_increase) else " (NaN)") for row in model.itertuples()]
    axes.set_yticks(places, names)
    axes.set_xscale("symlog", linthresh=1e-4)
    axes.xaxis.set_major_locator(FixedLocator([-1e-2, -1e-4, 0, 1e-4, 1e-2, 1]))
    axes.xaxis.set_major_formatter(FixedFormatter(["−0.01", "−1e−4", "0", "1e−4", "0.01", "1"]))
    axes.set_xlabel("increase of the loss (nats a token)")
    axes.set_title("Loss of the model", loc="left")
