"""The command behind `octavo plot`: figures of a run file as PNG, SVG or PDF, a path a line."""

from __future__ import annotations

import warnings
from pathlib import Path

from .errors import PACKAGES, Parser, UserError, guarded, require
from .figure_names import NAMES

PROGRAM = "octavo plot"
FORMATS = ("png", "svg", "pdf")


def main(arguments: list[str]) -> int:
    """Returns the exit status; errors the user can put right are one line on stderr."""
    return guarded(PROGRAM, _plot, arguments)


def _plot(arguments: list[str]) -> None:
    parser = Parser(
        prog=PROGRAM,
        description="Draws the figures of a run file as pictures and prints their paths.",
        epilog="Without --figure: every figure that the file supports.",
    )
    parser.add_argument("run", metavar="RUN.h5", type=Path, help="what octavo sweep, eval, train, quantize or run wrote")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="folder for the pictures (default: RUN-figures beside the file)"
    )
    parser.add_argument(
        "--figure",
        metavar="NAME",
        action="append",
        help=f"only this one; again for more. NAME: {', '.join(NAMES)}",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="png",
        help="png, or as vectors for a paper: svg, pdf (default: png)",
    )
    given = parser.parse_args(arguments)
    require(PACKAGES)
    warnings.simplefilter("ignore")  # a glyph that the font lacks is drawn as a box; no more is to be said about it

    from . import figures
    from .files import make_folder, write_whole
    from .read import open_run
    from .style import picture

    for name in given.figure or ():
        if name not in NAMES:
            raise UserError(f"no figure '{name}'; there are {', '.join(NAMES)}")
    run = open_run(given.run)
    folder = given.out or given.run.with_name(f"{given.run.stem}-figures")
    if given.figure:
        drawn = {name: _one(figures, run, name) for name in given.figure}
    else:
        drawn = figures.drawable(run)
        if not drawn:
            raise UserError(f"{given.run}: no figure can be made of this file: {figures.why_none(run)}")
    make_folder(folder)
    for name, figure in drawn.items():
        path = folder / f"{name}.{given.format}"
        write_whole(path, picture(figure, given.format))
        print(path, flush=True)


def _one(figures, run, name: str):
    try:
        return figures.draw(run, name)
    except figures.Lacks as error:
        raise UserError(f"{run.path}: no figure '{name}': {error}") from error
