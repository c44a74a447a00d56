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

This notebook reads one file that Octavo wrote (`octavo sweep`, `eval`, `train`, `quantize` or `run`) and nothing else;
`docs/hdf5-schema.md` says what is in it. Change the path below to look at your own run, whatever wrote it. All that is
used is in `octavo_export`, beside this notebook."""

OPEN = """\
import pandas as pd
from IPython.display import Image, Markdown, display

from octavo_export import figures
from octavo_export.read import BIASES, open_run
from octavo_export.style import png
from octavo_export.training import METRICS

RUN = {shown_as!r}
run = open_run(RUN)
shown = ["experiment", "command", "model_name", "text_name", "tokens", "context", "engine"]
pd.Series(run.attributes).filter(shown).to_frame("value")"""

FIGURES = """\
for name, figure in figures.drawable(run).items():
    display(Markdown("### " + figures.CATALOGUE[name].SHOWS), Image(png(figure, dots_per_inch=96), width=900))"""

TABLES = """\
for name, table in run.tables.items():
    display(Markdown(f"### {name}: {len(table)} rows"), table.head(20).round(4))"""

POINTS = """\
if run.experiment == "train":
    display(pd.DataFrame({name: run.metric(0, name) for name in METRICS}).dropna(axis=1, how="all").tail(12))
else:
    display(run.runs.head(20))"""

TENSORS = """\
found = [run.point(policy) for policy in ("amax", "recipe", "quantize", "baseline")]
point = next((number for number in found if number is not None), None)
tensors = run.tensors.iloc[:0] if point is None else run.tensors_of(point)
if len(tensors):
    measured = tensors.groupby(["role", "kind"])[["bias", "snr_db", "underflow_fraction", "overflow_fraction"]]
    display(measured.agg(["min", "max"]).round(3))"""

HISTOGRAM = """\
if len(tensors) and run.experiment != "train":
    names = tensors.name + " " + tensors.role
    counts = pd.DataFrame(run.histogram(point, "bias"), index=names, columns=BIASES)
    wandering = counts[(counts > 0).sum(axis=1) > 1]
    display(wandering.loc[:, (wandering > 0).any()].head(12))"""

PAIRED = """\
if run.point("baseline") is not None and run.point("amax") is not None:
    baseline, under_amax = run.tokens(run.point("baseline")), run.tokens(run.point("amax"))
    change = under_amax.loss - baseline.loss
    error = change.std() / len(change) ** 0.5
    print(f"AMAX against the baseline: {change.mean():+.5f} nats a token, standard error {error:.5f}")
    print(f"tokens lost: {((baseline.correct == 1) & (under_amax.correct == 0)).sum()}, "
          f"won: {((baseline.correct == 0) & (under_amax.correct == 1)).sum()}, of {len(change)}")"""

# Words over a cell, and the cell; each looks whether the file has what it shows.
CELLS = (
    ("## Figures\n\nEvery one that this file supports.", FIGURES),
    ("## Tables", TABLES),
    ("## Points\n\nA row a point with the last value of each metric; of a training, the metrics by step.", POINTS),
    ("## Tensors\n\nThose of one point, by role and kind.", TENSORS),
    ("Micro-batches by bias, for tensors whose bias changed between micro-batches:", HISTOGRAM),
    ("Points are compared token by token:", PAIRED),
)


def main(arguments: list[str]) -> int:
    return guarded(PROGRAM, _build, arguments)


def _build(arguments: list[str]) -> None:
    parser = Parser(prog=PROGRAM, description="Builds the start notebook and executes it on a run file.")
    parser.add_argument("run", metavar="RUN.h5", type=Path, help="a file that octavo sweep, eval, train, quantize or run wrote")
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
    from octavo_export.read import open_run

    shown_as = given.shown_as or f"../out/{given.run.name}"
    if Path(shown_as).is_absolute():
        raise UserError(f"--shown-as {shown_as}: a path relative to the notebook's folder is wanted")
    open_run(given.run)
    notebook = nbformat.v4.new_notebook(cells=cells(shown_as), metadata=_METADATA)
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


def cells(shown_as: str) -> list:
    """The notebook's cells: the same for every file."""
    from nbformat.v4 import new_code_cell as code
    from nbformat.v4 import new_markdown_cell as words

    made = [words(INTRODUCTION), code(OPEN.format(shown_as=shown_as))]
    for text, source in CELLS:
        made += [words(text), code(source)]
    return made


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
