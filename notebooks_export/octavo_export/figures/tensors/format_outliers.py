"""What a few outliers leave of all other values, by format: floating point keeps its precision, an integer loses it."""

from __future__ import annotations

import re

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...points import Lacks
from ...read import Run
from ...style import Sheet, format_look

SHOWS = "what outliers leave of the other values in each format, from octavo run formats"

_OUTLIERS = re.compile(r"gaussian, outliers of (\d+)")


def draw(run: Run) -> Figure:
    if run.formats is None or run.formats.empty:
        raise Lacks("no table of formats; make one with octavo run formats")
    sigma = run.formats.source.str.extract(_OUTLIERS, expand=False)
    table = run.formats[sigma.notna()].assign(sigma=sigma.dropna().astype(float))
    # Integers by absmax, which uses all of their range; floats by AMAX; block formats by their own scales.
    whole = table.scaling.isin(["amax", "current", "mse"])
    integer = table.format.str.startswith("int")
    table = table[~whole | (integer & (table.scaling == "current")) | (~integer & (table.scaling == "amax"))]
    if table.empty:
        raise Lacks("the table of formats has no source with outliers")
    formats = list(dict.fromkeys(table.format))
    legend = [(Line2D([], [], marker="o", **format_look(place)), name) for place, name in enumerate(formats)]
    sheet = Sheet(
        run,
        "What a few outliers leave of the other values",
        "Gaussian numbers, 1 in 1024 replaced by an outlier; the SNR is that of the other values. Floats are scaled by AMAX, "
        "integers by absmax, block formats block by block.",
        6.0,
        3.0,
        legend,
    )
    axes = sheet.figure.subplots()
    for place, name in enumerate(formats):
        rows = table[table.format == name].sort_values("sigma")
        axes.plot(rows.sigma, rows.others_snr_db, marker="o", markersize=3.6, **format_look(place))
    axes.set_xscale("log")
    ticks = sorted(set(table.sigma))
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
    axes.set_xticks([], minor=True)
    axes.set_xlabel("size of the outliers (standard deviations)")
    axes.set_ylabel("SNR of the others (dB)")
    return sheet.figure
