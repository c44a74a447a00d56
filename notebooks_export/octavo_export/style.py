"""How every figure looks: palette, type sizes, the sheet with title, legend and caption, and the bytes of its PNG."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogFormatter, MaxNLocator, NullLocator

from .errors import one_line
from .read import Run

logging.getLogger("matplotlib").setLevel(logging.ERROR)  # "building the font cache" is no news to who wants a figure

# Okabe and Ito's colours, told apart with any colour vision; each kind also has a marker of its own.
BLACK, ORANGE, SKY, GREEN, BLUE, VERMILLION, PURPLE, GREY = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#777777",
)
KINDS = {
    "attention.qkv": (BLUE, "o"),
    "attention.q": (BLUE, "o"),
    "attention.k": (SKY, "s"),
    "attention.v": (GREEN, "^"),
    "attention.out": (VERMILLION, "D"),
    "mlp.up": (ORANGE, "v"),
    "mlp.gate": (PURPLE, "P"),
    "mlp.down": (BLACK, "X"),
}
ROLES = {"weight": BLUE, "activation": ORANGE, "gradient": GREEN}
PLURAL = {"weight": "Weights", "activation": "Activations", "gradient": "Gradients", "both": "Weights and activations"}

DOTS_PER_INCH = 200
_TITLE, _SUBTITLE, _LEGEND, _CAPTION = 10.0, 8.0, 7.5, 6.5  # points
_MARGIN, _LEGEND_ROW = 0.08, 0.19  # inches
_HANDLE, _APART = 2.0, 1.5  # of a legend's type size: its symbols, the space between entries
_RENDERER = RendererAgg(1, 1, DOTS_PER_INCH)  # measures text
Legend = Sequence[tuple[Artist, str]]
_RC = {
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8.0,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": _LEGEND,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#444444",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "figure.dpi": DOTS_PER_INCH,
    "savefig.facecolor": "white",
}


def styled() -> AbstractContextManager:
    """The look as a context; the user's own matplotlibrc has no say, so equal files make equal pictures."""
    return matplotlib.style.context(["default", _RC])


def kind_order(kinds) -> list[str]:
    """The distinct kinds in the order of a decoder; names that are not known come last, alphabetically."""
    return sorted(set(kinds), key=lambda kind: (list(KINDS).index(kind) if kind in KINDS else len(KINDS), kind))


def kind_look(kind: str, many: bool = False) -> dict[str, object]:
    """The line of a kind; `many`: of so many decoders that its marks would touch."""
    colour, marker = KINDS.get(kind, (GREY, "."))
    return {"color": colour, "marker": marker, "markersize": 2.2 if many else 3.6, "linewidth": 0.6 if many else 0.9}


def format_look(place: int) -> dict[str, object]:
    """The line of the format at this place: colours in turn, dashed from the second round on."""
    colours = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, BLACK)
    styles = ("-", "--", ":", "-.")
    return {
        "color": colours[place % len(colours)],
        "linestyle": styles[place // len(colours) % len(styles)],
        "linewidth": 1.1,
    }


def apart(place: int, count: int) -> float:
    """What is added to a bias of the kind at this place of `count`, so that kinds of equal bias lie side by side instead
    of hiding one another."""
    return (place - (count - 1) / 2) * 0.055


def kind_legend(kinds: list[str]) -> Legend:
    return [(Line2D([], [], **kind_look(kind)), kind) for kind in kinds]


def signed(number: int) -> str:
    """A whole number with the sign that the axes use."""
    return f"{number}".replace("-", "−")


def plain(value: float) -> str:
    """A number in as few digits as tell it."""
    return f"{value:g}".replace("-", "−").replace("e−0", "e−").replace("e+0", "e")


def has_height(value) -> np.ndarray:
    """Whether an axis can show the value: finite, and not so large that the axis itself would overflow."""
    return np.abs(np.nan_to_num(np.asarray(value, dtype=float), nan=np.inf)) < 1e30


def error_bars(axes: Axes, places, values, errors, upright: bool = True, **look) -> None:
    """Points with bars of this half length, upright or lying: those that an axis can show, without a bar where the error
    is undefined."""
    places, values, errors = (np.asarray(item, dtype=float) for item in (places, values, errors))
    fine = has_height(values)
    length = np.where(has_height(errors), np.abs(errors), 0.0)[fine]
    if upright:
        axes.errorbar(places[fine], values[fine], yerr=length, **look)
    else:
        axes.errorbar(values[fine], places[fine], xerr=length, **look)


class _PlainLog(LogFormatter):
    def _num_to_string(self, value, vmin, vmax):
        return plain(value)


def log_axis(axes: Axes) -> None:
    """A logarithmic y axis with numbers that are written out, also between powers of ten where there are few of those."""
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(_PlainLog())
    axes.yaxis.set_minor_formatter(_PlainLog(minor_thresholds=(1.2, 0.5)))


def whole_ticks(axis: Axis, most: int = 10) -> None:
    """Ticks for what comes in whole numbers (a bias, a decoder, a step): at whole numbers alone, at most this many, so
    that a label never rounds its place. Panels that share the axis share them."""
    axis.set_major_locator(MaxNLocator(nbins=most, integer=True, min_n_ticks=1))
    axis.set_major_formatter(FuncFormatter(lambda value, _: signed(round(value))))
    axis.set_minor_locator(NullLocator())


def provenance(run: Run) -> str:
    """What the numbers of a figure were measured on, in one sentence or two."""
    have = {
        name: one_line(f"{value:,}" if isinstance(value, int) else value, 200) for name, value in run.attributes.items()
    }
    if have.get("model_name") == "":
        return (
            f"Synthetic data, seed {have.get('seed', '?')}; engine {one_line(run.engine, 200)}. "
            f"Octavo {have.get('program_version', '?')}, {one_line(run.path.name, 100)}."
        )
    parts = [f"Model {have.get('model_name', '?')}"]
    if have.get("model_layers", "0") != "0":
        decoders = "decoder" if have["model_layers"] == "1" else "decoders"
        parts[0] += f" ({have.get('model_family', '?')}, {have['model_layers']} {decoders}, "
        parts[0] += f"{have.get('model_parameters', '?')} parameters)"
    if have.get("text_name"):
        parts.append(
            f"text {have['text_name']}"
            + (f", {have['tokens']} tokens in windows of {have.get('context', '?')}" if have.get("tokens", "0") != "0" else "")
        )
    parts.append(f"recipe {one_line(run.recipe_name, 100) or '?'}")
    parts.append(f"engine {one_line(run.engine, 200)}")
    return "; ".join(parts) + f". Octavo {have.get('program_version', '?')}, {one_line(run.path.name, 100)}."


class Sheet:
    """A figure `width` inches wide: title, subtitle and legend on top, axes `height` inches high, the caption below."""

    def __init__(self, run: Run, title: str, subtitle: str, width: float, height: float, legend: Legend = ()):
        room = width - 2 * _MARGIN
        subtitles = _lines(subtitle.split(), room, _SUBTITLE, " ")
        caption = _lines(provenance(run).split(), room, _CAPTION, " ")
        rows = _rows(list(legend), room)
        title_at, subtitle_at = _MARGIN, 0.3
        legend_at = subtitle_at + 0.15 * len(subtitles) + 0.03
        axes_at = legend_at + _LEGEND_ROW * len(rows) + 0.03
        caption_at = axes_at + height + _MARGIN
        self.height = caption_at + 0.125 * len(caption) + _MARGIN
        self.figure = Figure(figsize=(width, self.height))
        FigureCanvasAgg(self.figure)
        rect = (0, 1 - (axes_at + height) / self.height, 1, height / self.height)
        self.figure.set_layout_engine("constrained", rect=rect, w_pad=0.05, h_pad=0.05)
        self._text(title_at, title, _TITLE, weight="bold")
        self._text(subtitle_at, "\n".join(subtitles), _SUBTITLE, color="#333333")
        self._text(caption_at, "\n".join(caption), _CAPTION, color="#666666")
        for place, row in enumerate(rows):
            handles, labels = zip(*row)
            drawn = self.figure.legend(
                handles,
                labels,
                loc="upper left",
                ncol=len(row),
                handlelength=_HANDLE,
                columnspacing=_APART,
                handletextpad=0.5,
                borderpad=0.2,
                borderaxespad=0,
                bbox_to_anchor=(_MARGIN / width - 0.002, 1 - (legend_at + _LEGEND_ROW * place) / self.height),
            )
            drawn.set_in_layout(False)

    def _text(self, from_top: float, text: str, size: float, **look):
        # Names come from files: a dollar sign in one is a dollar sign, not mathematics.
        x, y = _MARGIN / self.figure.get_figwidth(), 1 - from_top / self.height
        self.figure.text(x, y, text, size=size, va="top", ha="left", parse_math=False, **look).set_in_layout(False)


def _inches(text: str, size: float, **look) -> float:
    """How wide a line of text is, as the renderer will set it."""
    width, _, _ = _RENDERER.get_text_width_height_descent(text, FontProperties(size=size, **look), False)
    return width / DOTS_PER_INCH


def _lines(words: list[str], room: float, size: float, glue: str) -> list[str]:
    """The words packed into lines that fit; a word that is wider than the room is cut."""
    lines = []
    for word in words:
        while len(word) > 1 and _inches(word, size) > room:
            word = word[: len(word) * 3 // 4] + "…"
        if lines and _inches(lines[-1] + glue + word, size) <= room:
            lines[-1] += glue + word
        else:
            lines.append(word)
    return lines


def _rows(legend: list, room: float) -> list[list]:
    """The entries packed into rows that fit."""
    rows, used = [], 0.0
    for entry in legend:
        wide = _inches(entry[1], _LEGEND) + (_HANDLE + 0.5 + _APART) * _LEGEND / 72.0
        if rows and used + wide <= room:
            rows[-1].append(entry)
            used += wide
        else:
            rows.append([entry])
            used = wide
    return rows


def picture(figure: Figure, kind: str) -> bytes:
    """The figure as png, svg (letters as outlines) or pdf: no date, no version, no random names, so equal figures are
    equal bytes."""
    if kind == "png":
        return png(figure)
    stream = io.BytesIO()
    # What a file may not have of its own: the time, the program's version, identifiers drawn at random.
    without = {"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}
    with styled(), matplotlib.rc_context({"svg.hashsalt": "octavo", "pdf.fonttype": 42}):
        figure.savefig(stream, format=kind, metadata=without[kind])
    return stream.getvalue()


def png(figure: Figure, dots_per_inch: int = DOTS_PER_INCH) -> bytes:
    """The figure as PNG: no date, no version, so equal figures are equal bytes."""
    stream = io.BytesIO()
    figure.set_dpi(dots_per_inch)
    with styled():
        figure.canvas.print_png(stream, metadata={"Software": None})  # savefig would lay the figure out twice
    return stream.getvalue()
