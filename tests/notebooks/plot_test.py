"""The command behind `octavo plot`: paths on stdout, one line on stderr for every mistake, no earlier picture lost."""

import os
import resource
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

from under_test import SCRIPTS, InFolder, require

require("numpy", "h5py", "pandas", "matplotlib")

import h5py
import numpy as np
from make_run import OF_EXPERIMENTS, make_quantize, make_sweep
from octavo_export.figures import CATALOGUE
from octavo_export.plot import main

PROGRAM = "octavo plot"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def script(*arguments, **options) -> tuple[int, str, str]:
    """(status, stdout, stderr) of plot.py as a program of its own."""
    done = subprocess.run(
        [sys.executable, "-B", SCRIPTS / "plot.py", *arguments], capture_output=True, text=True, check=False, **options
    )
    return done.returncode, done.stdout, done.stderr


class PlotTest(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = make_sweep(Path("runs.h5"), scopes=("model", "layer"), family="gpt", layers=2, biases=range(-2, 3))

    def test_draws_what_the_file_supports(self):
        status, out, err = script(self.path)
        self.assertEqual((status, err), (0, ""))
        names = [name for name in CATALOGUE if name != "sweep-by-kind" and name not in OF_EXPERIMENTS]
        self.assertEqual(out.splitlines(), [f"runs-figures/{name}.png" for name in names])
        for path in out.splitlines():
            self.assertTrue(Path(path).read_bytes().startswith(SIGNATURE))
        self.assertEqual(len(list(Path("runs-figures").iterdir())), len(names))

    def test_one_figure_from_another_folder(self):
        status, out, err = script(self.path.resolve(), "--figure", "snr", "--out", self.folder / "a" / "b", cwd="/")
        self.assertEqual((status, out, err), (0, f"{self.folder}/a/b/snr.png\n", ""))
        self.assertEqual([path.name for path in Path("a/b").iterdir()], ["snr.png"])

    def test_vectors_for_a_paper(self):
        for kind, begins in (("svg", b"<?xml"), ("pdf", b"%PDF")):
            words = (self.path, "--figure", "snr", "--format", kind, "--out", "vectors")
            self.assertEqual(self.called(main, *words), (0, f"vectors/snr.{kind}\n", ""))
            first = Path(f"vectors/snr.{kind}").read_bytes()
            self.assertTrue(first.startswith(begins))
            self.called(main, *words)
            self.assertEqual(Path(f"vectors/snr.{kind}").read_bytes(), first)
        self.assert_one_line(self.called(main, self.path, "--format", "jpg"), PROGRAM, "--format", "png", "svg", "pdf")

    def test_an_interrupt_is_silent(self):
        for moment in (0.0, 0.1, 0.3, 0.6, 1.0):
            running = subprocess.Popen(
                [sys.executable, "-B", SCRIPTS / "plot.py", self.path, "--out", "interrupted"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}),  # as octavo starts it
            )
            time.sleep(moment)
            os.killpg(running.pid, signal.SIGINT)  # as a terminal does
            self.assertEqual(running.communicate()[1], "")
            self.assertIn(running.returncode, (0, 130, -signal.SIGINT))
        self.assertFalse([path for path in Path(".").glob("interrupted/*") if path.suffix != ".png"])

    def test_no_defect_shows_a_traceback(self):
        code = "from octavo_export.errors import isolated, guarded\nimport sys\n"
        code += "def body(_):\n    {body}\nsys.exit(isolated('octavo plot', lambda words: guarded('octavo plot', body, words), []))"
        for body, words in (
            ("raise KeyError('x')", ["a defect of this program", "KeyError"]),
            ("raise MemoryError", ["not enough memory"]),
            ("raise RecursionError('deep')", ["RecursionError"]),
        ):
            done = subprocess.run(
                [sys.executable, "-B", "-c", code.format(body=body)],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
            )
            self.assert_one_line((done.returncode, done.stdout, done.stderr), PROGRAM, *words)

    def test_a_full_disk_behind_the_paths(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            for words in ((self.path, "--figure", "snr"), ("--help",)):
                done = subprocess.run(
                    [sys.executable, "-B", SCRIPTS / "plot.py", *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
                )
                self.assertNotEqual(done.returncode, 0)
                self.assert_one_line((done.returncode, "", done.stderr), PROGRAM, "standard output", "space")

    def test_module_is_the_same_command(self):
        environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
        done = subprocess.run(
            [sys.executable, "-B", "-m", "octavo_export", self.path, "--figure", "amax-bias", "--out", "m"],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "m/amax-bias.png\n", ""))

    def test_mistakes_are_told_in_one_line(self):
        Path("text.h5").write_text("no HDF5 here\n")
        Path("cut.h5").write_bytes(self.path.read_bytes()[:5000])
        Path("empty.h5").write_bytes(b"")
        with h5py.File("other.h5", "w") as file:
            file.attrs["schema"], file.attrs["schema_version"] = np.bytes_(b"octavo-cases"), np.int32(1)
        for arguments, words in (
            (["absent.h5"], ["absent.h5", "no such file"]),
            (["two\nlines.h5"], ["no such file"]),
            (["."], ["folder"]),
            ([""], ["folder"]),
            (["text.h5"], ["text.h5", "not an HDF5 file"]),
            (["empty.h5"], ["not an HDF5 file"]),
            (["cut.h5"], ["cut.h5", "truncated or damaged"]),
            (["other.h5"], ["octavo-cases", "octavo-runs"]),
            ([self.path, "--figure", "snrr"], ["no figure 'snrr'", *list(CATALOGUE)[:12]]),
            ([self.path, "--figure", "sweep-by-kind"], ["no figure 'sweep-by-kind'", "--by kind"]),
            ([make_quantize(Path("quantize.h5")), "--figure", "snr"], ["belong to no decoder"]),
            ([self.path, "--colour"], ["--colour"]),
            ([], ["RUN.h5"]),
            ([self.path, "--figure", "snr", "--out", self.path], ["runs.h5", "--out"]),
        ):
            with self.subTest(arguments=arguments):
                self.assert_one_line(self.called(main, *arguments), PROGRAM, *words)
        self.assert_one_line(script("absent.h5"), PROGRAM, "no such file")

    def test_a_crash_of_the_library_is_told_in_one_line(self):
        code = "import os, sys; from octavo_export.errors import isolated\n"
        code += "sys.exit(isolated('octavo plot', lambda _: os.abort(), []))"
        done = subprocess.run(
            [sys.executable, "-B", "-c", code],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        )
        self.assert_one_line((done.returncode, done.stdout, done.stderr), PROGRAM, "Aborted", "damaged")

    def test_help_names_every_figure(self):
        status, out, _ = script("--help")
        self.assertEqual(status, 0)
        for name in CATALOGUE:
            self.assertIn(name, "-".join(line.strip() for line in out.split("-\n")))

    def test_missing_packages_name_the_apt_line(self):
        for package in ("h5py", "matplotlib"):
            Path("broken").mkdir(exist_ok=True)
            Path("broken", f"{package}.py").write_text("raise ImportError('No module named it')\n")
            told = script(self.path, env={**os.environ, "PYTHONPATH": "broken"})
            self.assert_one_line(told, PROGRAM, f"cannot import {package}", "apt install", f"python3-{package}")
            Path("broken", f"{package}.py").unlink()

    def test_a_full_disk_costs_no_earlier_picture(self):
        def small_files_only():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

        Path("full").mkdir()
        Path("full", "snr.png").write_bytes(b"an earlier picture")
        told = script(self.path, "--figure", "snr", "--out", "full", preexec_fn=small_files_only)
        self.assert_one_line(told, PROGRAM, "full/snr.png", "cannot write")
        self.assertEqual(Path("full", "snr.png").read_bytes(), b"an earlier picture")
        self.assertEqual(len(list(Path("full").iterdir())), 1)


if __name__ == "__main__":
    unittest.main()
