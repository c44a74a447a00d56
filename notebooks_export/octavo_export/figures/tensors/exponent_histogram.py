"""How magnitudes are spread over binades, before scaling: a heat map of exponent and decoder for each kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ...measured import Measured, decoder_rows, recorded
from ...read import EXPONENTS, Run
from ...style import GREY, PLURAL, Sheet, kind_order, signed, whole_ticks

SHOWS = "distribution of binary exponents by decoder and kind"
_LEAST = 1e-6  # of a tensor's elements: what is rarer is left white
_MOST_ROWS = 100


@dataclass(frozen=True)
class _Panel:
    title: str  # above its column
    side: str  # left of its line
    rows: list[str]  # what each row of the heat map is: a decoder's number or a tensor's name
    share: np.ndarray  # [row, exponent]


def draw(run: Run) -> Figure:
    if run.quantize is not None and len(run.quantize):
        by_decoder, how, panels = False, "octavo quantize", _of_tensors(run)
    else:
        found = recorded(run)
        share = _shares(run.histogram(found.point, "exponent"))
        by_decoder, how = bool((found.frame.layer >= 0).any()), found.how
        panels = _by_kind(found, share) if by_decoder else _by_name(list(found.frame.name), share)
    subtitle = f"Share of elements by unbiased binary32 exponent, before scaling ({how})."
    shown = _Exponents(np.vstack([panel.share for line in panels for panel in line]))
    subtitle += shown.explained
    width, height = _size(panels, by_decoder)
    sheet = Sheet(run, "Distribution of magnitudes", subtitle, width, height)
    grid = sheet.figure.subplots(len(panels), len(panels[0]), squeeze=False, sharex=True, sharey=by_decoder)
    for axes, panel in zip(grid.flat, (panel for line in panels for panel in line)):
        image = _heat(axes, panel, shown, by_decoder)
    for axes, panel in zip(grid[0], panels[0]):
        axes.set_title(panel.title, loc="left")
    for axes in grid[-1]:
        axes.set_xlabel("exponent")
    for axes, line in zip(grid[:, 0], panels):
        axes.set_ylabel(line[0].side)
    bar = sheet.figure.colorbar(image, ax=grid, pad=0.01, aspect=30)
    bar.set_label("share of elements")
    bar.ax.yaxis.set_major_formatter(FuncFormatter(_power_of_ten))
    bar.outline.set_linewidth(0.5)
    return sheet.figure


def _power_of_ten(value: float, _) -> str:
    power = round(float(np.log10(value)))
    return f"{value:g}" if power >= -2 else "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


class _Exponents:
    """The columns shown: binades that hold anything; set apart, zeros on the left, infinities and NaN on the right."""

    def __init__(self, share: np.ndarray):
        used = (share[:, 1:-1] >= _LEAST).any(axis=0).nonzero()[0] + 1
        self.first, self.last = (int(used[0]), int(used[-1])) if len(used) else (127, 127)
        self.zeros, self.specials = bool((share[:, 0] > 0).any()), bool((share[:, -1] > 0).any())

    @property
    def explained(self) -> str:
        told = " Left of the line: zeros and subnormals." if self.zeros else ""
        return told + (" Right of the line at ∞: infinities and NaN." if self.specials else "")

    def columns(self, share: np.ndarray) -> np.ndarray:
        gap = np.zeros((len(share), 1))
        parts = [share[:, :1], gap] if self.zeros else []
        parts.append(share[:, self.first : self.last + 1])
        parts += [gap, share[:, -1:]] if self.specials else []
        return np.hstack(parts)

    def label(self, axes: Axes, most: int) -> None:
        """Ticks at round exponents, at "zero" and at infinity; lines through the gaps."""
        start = 2 if self.zeros else 0
        low, high = int(EXPONENTS[self.first]), int(EXPONENTS[self.last])
        end = start + high - low + 2
        steps = MaxNLocator(nbins=most, integer=True, min_n_ticks=1).tick_values(low, high)
        near = (high - low) / (2 * most)  # ticks this close to "zero" or infinity would run into them
        values = [int(v) for v in steps if low + near * self.zeros <= v <= high - near * self.specials]
        places, labels = [start + value - low for value in values], [signed(value) for value in values]
        if self.zeros:
            places, labels = [0, *places], ["zero", *labels]
            axes.axvline(1, color=GREY, linewidth=0.6)
        if self.specials:
            places, labels = [*places, end], [*labels, "∞"]
            axes.axvline(end - 1, color=GREY, linewidth=0.6)
        axes.set_xticks(places, labels)


def _by_kind(found: Measured, share: np.ndarray) -> list[list[_Panel]]:
    lines = []
    for role in found.roles:
        line = []
        for kind in kind_order(found.frame.kind[found.frame.layer >= 0]):
            rows = decoder_rows(found, role, kind)
            full = np.zeros((int(found.frame.layer.max()) + 1, share.shape[1]))
            full[rows.layer] = share[rows.index]
            line.append(
                _Panel(kind, f"{PLURAL[role].lower()}, by decoder", [str(layer) for layer in range(len(full))], full)
            )
        lines.append(line)
    return lines


def _shares(counts: np.ndarray) -> np.ndarray:
    return counts / np.maximum(counts.sum(axis=1, keepdims=True).astype(float), 1.0)


def _of_tensors(run: Run) -> list[list[_Panel]]:
    """One row a tensor, of whichever cast came first: magnitudes before scaling are the same for all."""
    first = run.quantize.drop_duplicates("tensor")
    rows = [run.histogram(int(number), "exponent") for number in first.run[:_MOST_ROWS]]
    return _by_name(list(first.tensor), _shares(np.vstack(rows)))


def _by_name(names: list[str], share: np.ndarray) -> list[list[_Panel]]:
    title = "" if len(names) <= _MOST_ROWS else f"The first {_MOST_ROWS} of {len(names)} tensors"
    return [[_Panel(title, "", names[:_MOST_ROWS], share[:_MOST_ROWS])]]


def _size(panels: list[list[_Panel]], by_decoder: bool) -> tuple[float, float]:
    if by_decoder:
        return max(6.0, 1.0 + 1.55 * len(panels[0])), 2.2 * len(panels)
    return 8.0, 1.0 + 0.16 * len(panels[0][0].rows)


def _heat(axes: Axes, panel: _Panel, shown: _Exponents, by_decoder: bool):
    columns = shown.columns(panel.share)
    image = axes.imshow(
        np.ma.masked_less(columns, _LEAST),
        origin="lower" if by_decoder else "upper",
        aspect="auto",
        interpolation="nearest",
        cmap="viridis_r",
        norm=LogNorm(_LEAST, 1.0),
    )
    axes.grid(False)
    shown.label(axes, most=4 if by_decoder else 12)
    if by_decoder:
        whole_ticks(axes.yaxis, 7)
    else:
        axes.set_yticks(range(len(panel.rows)), [name if len(name) <= 48 else name[:47] + "…" for name in panel.rows])
        for label in axes.get_yticklabels():
            label.set_parse_math(False)
    return image
