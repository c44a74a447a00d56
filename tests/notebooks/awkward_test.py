"""Files whose numbers are missing, undefined or alike: every figure and the page are made, or say in a line why not."""

import unittest
from pathlib import Path
from unittest import mock

from under_test import InFolder, require

require("numpy", "h5py", "pandas", "matplotlib")

import h5py
import numpy as np
from make_run import make_accumulation, make_eval, make_formats, make_quantize, make_sweep, make_training
from make_study import make_study
from octavo_export import figures
from octavo_export.errors import UserError
from octavo_export.page import page
from octavo_export.read import open_run
from octavo_export.style import png

FILES = {
    "sweep": lambda path: make_sweep(path, family="gpt", layers=2, biases=range(-1, 2)),
    "eval": make_eval,
    "quantize": make_quantize,
    "formats": make_formats,
    "accumulation": make_accumulation,
    "study": lambda path: make_study(path, range(0, 9, 4)),
    "training": lambda path: make_training(path, steps=12, recorded=3),
}


def rewrite(path: Path, change) -> None:
    """Puts change(values) in the place of every table's rows and of every other array of floats that is a measurement."""

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and (name.startswith("tables/") or (name.startswith("runs/") and item.dtype.kind == "f")):
            found.append(name)

    found = []
    with h5py.File(path, "r+") as file:
        file.visititems(visit)
        for name in found:
            values = change(file[name][()])
            del file[name]
            file[name] = values


def with_floats(number: float):
    """Every float is this number; whole numbers, names and axes stay."""

    def change(values: np.ndarray) -> np.ndarray:
        values = values.copy()
        if values.dtype.names is None:
            values[...] = number
        for column in values.dtype.names or ():
            if values.dtype[column].kind == "f" and column != "loss_scale":
                values[column] = number
        return values

    return change


def without_rows(values: np.ndarray) -> np.ndarray:
    return values[:0] if values.dtype.names else values


CHANGES = {
    "no rows": without_rows,
    "NaN": with_floats(np.nan),
    "infinite": with_floats(np.inf),
    "zero": with_floats(0.0),
}


class AwkwardTest(InFolder):
    def test_every_figure_and_page(self):
        for kind, make in FILES.items():
            whole = make(Path(f"{kind}.h5")).read_bytes()
            for named, change in CHANGES.items():
                with self.subTest(file=kind, change=named):
                    path = Path(f"{kind}.h5")
                    path.write_bytes(whole)
                    rewrite(path, change)
                    run = open_run(path)
                    for name in figures.CATALOGUE:
                        try:
                            figure = figures.draw(run, name)
                            if named == "NaN":
                                figure.set_layout_engine("none")  # places of texts are another test's
                                png(figure, 30)
                        except (figures.Lacks, UserError) as told:
                            self.assertNotIn("truncated or damaged", str(told), name)
                    with mock.patch("octavo_export.figures.drawable", lambda _: {}):  # the figures are drawn above
                        self.assertIn("</html>", page(run))


if __name__ == "__main__":
    unittest.main()
