"""The command behind `octavo report`: one self-contained HTML page about a run file."""

from __future__ import annotations

import warnings
from pathlib import Path

from .errors import PACKAGES, Parser, UserError, guarded, require

PROGRAM = "octavo report"


def main(arguments: list[str]) -> int:
    """Returns the exit status; errors the user can put right are one line on stderr."""
    return guarded(PROGRAM, _report, arguments)


def _report(arguments: list[str]) -> None:
    parser = Parser(
        prog=PROGRAM,
        description="Writes one HTML page with the figures, tables and provenance of a run file and prints its path.",
    )
    parser.add_argument("run", metavar="RUN.h5", type=Path, help="what octavo sweep, eval, train, quantize or run wrote")
    parser.add_argument("--out", metavar="FILE.html", type=Path, help="the page (default: RUN.html beside the file)")
    given = parser.parse_args(arguments)
    require(PACKAGES)
    warnings.simplefilter("ignore")  # a glyph that the font lacks is drawn as a box; no more is to be said about it

    from .files import make_folder, write_whole
    from .page import page
    from .read import open_run

    run = open_run(given.run)
    out = given.out or given.run.with_suffix(".html")
    if out.resolve() == given.run.resolve():
        raise UserError(f"{out}: the page would replace the run file; give another name with --out")
    whole = page(run).encode("utf-8", "replace")
    make_folder(out.parent)
    write_whole(out, whole)
    print(out)
