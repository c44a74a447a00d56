"""The catalogue of figures: a module each, with NAME, SHOWS (one line) and draw(run), which may raise Lacks."""

from __future__ import annotations

from matplotlib.figure import Figure

from ..points import Lacks
from ..read import Run
from ..style import styled
from . import (
    accumulation,
    amax_bias,
    bias_by_decoder,
    bias_histogram,
    bias_intervals,
    bias_over_steps,
    constant_bias,
    exponent_histogram,
    format_outliers,
    format_snr,
    loss_curves,
    loss_scales,
    outcomes,
    overflows,
    sensitivity,
    snr,
    sweep,
    sweep_by_kind,
)

CATALOGUE = {
    module.NAME: module
    for module in (
        sweep,
        sweep_by_kind,
        sensitivity,
        amax_bias,
        bias_histogram,
        exponent_histogram,
        snr,
        format_snr,
        format_outliers,
        accumulation,
        constant_bias,
        bias_intervals,
        outcomes,
        bias_by_decoder,
        bias_over_steps,
        loss_curves,
        overflows,
        loss_scales,
    )
}


def draw(run: Run, name: str) -> Figure:
    """The figure of that name. Raises KeyError for a name not in CATALOGUE, Lacks where the file cannot support it."""
    with styled():
        return CATALOGUE[name].draw(run)


def drawable(run: Run) -> dict[str, Figure]:
    """Every figure that the file supports, in the order of the catalogue."""
    figures = {}
    for name in CATALOGUE:
        try:
            figures[name] = draw(run, name)
        except Lacks:
            pass
    return figures
