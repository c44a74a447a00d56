"""The notebook builds, runs on a file that it was not made for, stays small and names no place of this machine."""

import contextlib
import io
import json
import unittest
from pathlib import Path
from unittest import mock

from under_test import SCRIPTS, InFolder, require

require("numpy", "h5py", "pandas", "matplotlib", "nbformat", "nbconvert", "ipykernel")

import build_notebook
import nbformat
from make_run import make_accumulation, make_eval, make_formats, make_quantize, make_sweep, make_training
from make_study import make_study
from octavo_export import figures
from octavo_export.read import open_run

PROGRAM = "build_notebook"


def outputs(notebook) -> list:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


class NotebookTest(InFolder):
    def test_builds_and_runs(self):
        path = make_sweep(Path("other.h5"), family="gpt", layers=2, biases=range(-3, 4))
        called = self.called(build_notebook.main, path, "--out", "start.ipynb")
        self.assertEqual(called[:2], (0, "start.ipynb\n"), called[2])
        text = Path("start.ipynb").read_text()
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
        self.assertLess(len(text), 1_000_000)
        self.assertNotIn(str(self.folder), text)
        self.assertNotIn("/tmp", text)
        self.assertIn("RUN = '../out/other.h5'", notebook.cells[1].source)
        self.assertTrue(all(output.output_type != "error" for output in outputs(notebook)))
        pictures = [output for output in outputs(notebook) if "image/png" in output.get("data", {})]
        self.assertEqual(len(pictures), 7)
        told = "".join(output.text for output in outputs(notebook) if output.output_type == "stream")
        amax = open_run(path).sweep.iloc[1]
        self.assertIn(f"{amax.loss_increase:+.5f} nats a token, standard error {amax.loss_increase_se:.5f}", told)

    def test_runs_on_every_kind_of_file(self):
        """The cells alone, in this process: a kernel for each would take long."""
        for make in (make_sweep, make_eval, make_quantize, make_formats, make_accumulation, make_study, make_training):
            with self.subTest(make=make.__name__):
                small = {"family": "gpt", "layers": 1, "biases": range(0, 1)} if make is make_sweep else {}
                shown, names = [], {}
                cells = [cell.source for cell in build_notebook.cells(str(make(Path("any.h5"), **small))) if cell.cell_type == "code"]
                with (
                    mock.patch("IPython.display.display", lambda *items: shown.extend(items)),
                    mock.patch("octavo_export.style.png", lambda figure, dots_per_inch: b"drawn elsewhere"),
                    contextlib.redirect_stdout(io.StringIO()),
                ):
                    for source in cells:
                        exec(source, names)
                pictures = [item for item in shown if type(item).__name__ == "Image"]
                self.assertEqual(len(pictures), len(figures.drawable(open_run("any.h5"))))
                self.assertGreater(len(pictures), 0)

    def test_refuses_other_files_and_places(self):
        Path("text.h5").write_text("no run file")
        self.assert_one_line(self.called(build_notebook.main, "text.h5", "--out", "no.ipynb"), PROGRAM, "not an HDF5 file")
        sweep = make_sweep(Path("sweep.h5"), family="gpt", layers=1, biases=range(0, 1))
        for shown_as in ("/sweep.h5", "../../../../sweep.h5"):
            self.assert_one_line(
                self.called(build_notebook.main, sweep, "--out", "no.ipynb", "--shown-as", shown_as), PROGRAM, shown_as
            )
        self.assertFalse(Path("no.ipynb").exists())

    def test_the_committed_one_is_this_builders(self):
        committed = SCRIPTS / "start.ipynb"
        if not committed.exists():
            self.skipTest("no notebook is committed")
        notebook = json.loads(committed.read_text())
        self.assertLess(committed.stat().st_size, 1_000_000)
        code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        shown_as = code[0].split("RUN = '")[1].split("'")[0]
        self.assertEqual(code[0], build_notebook.OPEN.format(shown_as=shown_as))
        self.assertEqual(code[1:], [source for _, source in build_notebook.CELLS])


if __name__ == "__main__":
    unittest.main()
