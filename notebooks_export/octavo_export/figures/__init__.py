"""The figures: a module each, with SHOWS (one line) and draw(run), which may raise Lacks. figure_names.py lists them."""

from __future__ import annotations

from importlib import import_module

from matplotlib.figure import Figure

from ..figure_names import FOLDERS
from ..points import Lacks
from ..read import Run
from ..style import styled

CATALOGUE = {
    name: import_module(f".{folder}.{name.replace('-', '_')}", __name__) for folder, names in FOLDERS.items() for name in names
}


def draw(run: Run, name: str) -> Figure:
    """The figure of that name. Raises KeyError for a name not in CATALOGUE, Lacks where the file cannot support it."""
    with styled():
        return CATALOGUE[name].draw(run)


def why_none(run: Run) -> str:
    """What the figure that asks least of the file lacks: why there is none."""
    try:
        draw(run, "training" if run.experiment == "train" else "exponent-histogram")
    except Lacks as error:
        return str(error)
    return "it is empty"


def drawable(run: Run) -> dict[str, Figure]:
    """Every figure that the file supports, in the order of the catalogue."""
    figures = {}
    for name in CATALOGUE:
        try:
            figures[name] = draw(run, name)
        except Lacks:
            pass
    return figures
