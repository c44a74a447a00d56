"""Signal-to-noise ratio over the scale for each format, a panel a source, with what AMAX or absmax reaches."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...points import Lacks
from ...read import Run
from ...style import Sheet, format_look, whole_ticks

SHOWS = "signal-to-noise ratio over the scale for each format, from octavo run formats"

_SOURCES = {
    "gaussian": "Gaussian",
    "laplace": "Laplace",
    "student-t": "Student t, 3 degrees",
    "weights": "Weights",
    "activations": "Activations",
}


def draw(run: Run) -> Figure:
    if run.formats is None or run.formats.empty:
        raise Lacks("no table of formats; make one with octavo run formats")
    table = run.formats
    curves = table[table.scaling == "cscale"]
    sources = [name for name in _SOURCES if (curves.source == name).any()]
    if not sources:
        raise Lacks("the table of formats has no curve of a whole source")
    formats = list(dict.fromkeys(curves.format))
    legend = [(Line2D([], [], **format_look(place)), name) for place, name in enumerate(formats)]
    legend.append((Line2D([], [], color="#444444", linestyle="none", marker="o", markersize=4), "AMAX"))
    sheet = Sheet(
        run,
        "What each format makes of a tensor, by scale",
        "10 log10(Σx² / Σ(x − x8)²) of x8 = cast(x·2^b) / 2^b. Floating point is flat where the tensor fits; an integer format has "
        "one good scale and loses 6 dB a halving. Dots: the power of two that AMAX chooses (a model's tensors have one each: SNR under "
        "those, at the most frequent).",
        max(6.0, 2.6 * len(sources)),
        3.0,
        legend,
    )
    panels = sheet.figure.subplots(1, len(sources), squeeze=False, sharey=True, sharex=True)[0]
    for axes, source in zip(panels, sources):
        for place, name in enumerate(formats):
            look = format_look(place)
            rows = curves[(curves.source == source) & (curves.format == name)].sort_values("bias")
            axes.plot(rows.bias, rows.snr_db, **look)
            amax = table[(table.source == source) & (table.format == name) & (table.scaling == "amax")]
            amax = amax[amax.bias.notna()]
            axes.plot(amax.bias, amax.snr_db, color=look["color"], linestyle="none", marker="o", markersize=4)
        axes.set_title(_SOURCES[source], loc="left")
        axes.set_xlabel("scale 2^b, exponent b")
        whole_ticks(axes.xaxis, 6)
    panels[0].set_ylabel("SNR (dB)")
    panels[0].set_ylim(bottom=0)
    return sheet.figure
