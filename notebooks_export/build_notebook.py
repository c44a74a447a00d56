#!/usr/bin/python3
"""Builds start.ipynb and executes it on a run file: the notebook from which one goes on.

    python3 build_notebook.py RUN.h5 [--out start.ipynb] [--shown-as ../out/runs.h5]

The notebook names the run file by a relative path (--shown-as), whatever path it was built from, and is executed in a
folder where that path leads to the file. Equal run files make equal notebooks: no times, no random cell names.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from octavo_export.errors import PACKAGES, Parser, UserError, guarded, one_line, require

HERE = Path(__file__).resolve().parent
PROGRAM = "build_notebook"
NOTEBOOK_PACKAGES = {"nbformat": "python3-nbformat", "nbconvert": "python3-nbconvert", "ipykernel": "python3-ipykernel"}

INTRODUCTION = """\
# A first look at a run file

This notebook reads one file that `octavo sweep` wrote and nothing else; `docs/hdf5-schema.md` says what is in it.
Change the path below to look at your own run. All that is used is in `octavo_export`, beside this notebook."""

OPEN = """\
import pandas as pd
from IPython.display import Image, display

from octavo_export import figures
from octavo_export.read import BIASES, open_run
from octavo_export.style import png

RUN = {shown_as!r}
run = open_run(RUN)
pd.Series(run.attributes)[["model_name", "text_name", "tokens", "context", "engine", "command"]].to_frame("value")"""

POINTS = """\
whole = run.sweep[run.sweep.scope == "model"]
whole[["policy", "bias", "loss", "accuracy", "relative_accuracy", "relative_accuracy_se",
       "loss_increase", "loss_increase_se"]].round(4)"""

TENSORS = """\
amax = run.point("amax")
tensors = run.tensors_of(amax)
measured = tensors.groupby(["role", "kind"])[["bias", "snr_db", "underflow_fraction", "overflow_fraction"]]
measured.agg(["min", "max"]).round(3)"""

HISTOGRAM = """\
counts = pd.DataFrame(run.histogram(amax, "bias"), index=tensors.name + " " + tensors.role, columns=BIASES)
wandering = counts[(counts > 0).sum(axis=1) > 1]
wandering.loc[:, (wandering > 0).any()].head(12)"""

PAIRED = """\
baseline = run.tokens(run.point("baseline"))
under_amax = run.tokens(amax)
change = under_amax.loss - baseline.loss
error = change.std() / len(change) ** 0.5
print(f"AMAX against the baseline: {change.mean():+.5f} nats a token, standard error {error:.5f}")
print(f"tokens lost: {((baseline.correct == 1) & (under_amax.correct == 0)).sum()}, "
      f"won: {((baseline.correct == 0) & (under_amax.correct == 1)).sum()}, of {len(change)}")"""

SHOW = """\
def show(name, width=900):
    display(Image(png(figures.draw(run, name), dots_per_inch=96), width=width))

show("{name}")"""

FIGURES = {
    "sweep": "## Where one constant bias holds\n\nEvery tensor under test gets the same scaling bias b: "
    "x8 = cast(x · 2^b). Too high a bias clips large values, too low a one loses small values; between them lies an "
    "interval in which the model does not notice.",
    "sweep-by-kind": "## The same, one kind of linear layer at a time",
    "sensitivity": "## One decoder at a time",
    "amax-bias": "## What AMAX chooses",
    "bias-histogram": "How often each bias was chosen:",
    "exponent-histogram": "## Where the magnitudes lie",
    "snr": "## What the cast costs each tensor",
}


def main(arguments: list[str]) -> int:
    return guarded(PROGRAM, _build, arguments)


def _build(arguments: list[str]) -> None:
    parser = Parser(prog=PROGRAM, description="Builds the start notebook and executes it on a run file.")
    parser.add_argument("run", metavar="RUN.h5", type=Path, help="a file that octavo sweep wrote")
    parser.add_argument(
        "--out",
        metavar="FILE.ipynb",
        type=Path,
        default=HERE / "start.ipynb",
        help="default: start.ipynb beside this script",
    )
    parser.add_argument(
        "--shown-as", metavar="PATH", help="the relative path in the notebook (default: ../out/NAME of the file)"
    )
    given = parser.parse_args(arguments)
    require({**PACKAGES, **NOTEBOOK_PACKAGES})

    import nbformat

    from octavo_export.files import write_whole

    shown_as = given.shown_as or f"../out/{given.run.name}"
    if Path(shown_as).is_absolute():
        raise UserError(f"--shown-as {shown_as}: a path relative to the notebook's folder is wanted")
    notebook = nbformat.v4.new_notebook(cells=_cells(given.run, shown_as), metadata=_METADATA)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    _execute(notebook, given.run.resolve(), shown_as)
    nbformat.validate(notebook)
    write_whole(given.out, nbformat.writes(notebook).encode() + b"\n")
    print(given.out)


_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def _cells(path: Path, shown_as: str) -> list:
    """The cells that this file supports. Raises UserError where it is no sweep with AMAX and baseline points."""
    from nbformat.v4 import new_code_cell as code
    from nbformat.v4 import new_markdown_cell as words

    from octavo_export import figures
    from octavo_export.read import open_run

    run = open_run(path)
    if run.sweep is None or run.point("amax") is None or run.point("baseline") is None:
        raise UserError(f"{path}: the notebook wants a file of octavo sweep, with its AMAX and baseline points")
    cells = [
        words(INTRODUCTION),
        code(OPEN.format(shown_as=shown_as)),
        code(POINTS),
        words("Intervals:"),
        code("run.interval"),
    ]
    shown = list(figures.drawable(run))
    for place, name in enumerate(shown):
        cells += [words(FIGURES[name]), code(SHOW.format(name=name) if place == 0 else f'show("{name}")')]
    cells += [
        words("## On from here\n\nThe same numbers as pandas frames: the tensors under AMAX, by role and kind."),
        code(TENSORS),
    ]
    cells += [words("Micro-batches by bias, for tensors whose bias changed between micro-batches:"), code(HISTOGRAM)]
    return cells + [words("Points are compared token by token:"), code(PAIRED)]


def _execute(notebook, run: Path, shown_as: str) -> None:
    """Runs the cells in a scratch folder laid out like the repository: the outputs name no path of this machine."""
    from nbconvert.preprocessors import ExecutePreprocessor
    from nbconvert.preprocessors.execute import CellExecutionError

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "repository", "notebooks_export")
        folder.mkdir(parents=True)
        (folder / "octavo_export").symlink_to(HERE / "octavo_export")
        link = Path(os.path.normpath(folder / shown_as))
        if Path(scratch) not in link.parents:
            raise UserError(f"--shown-as {shown_as}: leads out of the repository")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(run)
        os.environ["IPYTHONDIR"] = str(Path(scratch, "ipython"))  # the builder's own start-up files have no say
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # nobody debugs this kernel, so its debugger need not warn
        executor = ExecutePreprocessor(timeout=600, kernel_name="python3", record_timing=False)
        try:
            executor.preprocess(notebook, {"metadata": {"path": str(folder)}})
        except CellExecutionError as error:
            raise UserError(f"a cell failed: {one_line(error.evalue, 300)}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
