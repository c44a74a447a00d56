#!/usr/bin/env python3
"""The Python in the documents runs: on a file that octavo wrote, and on results that octavo compare takes.

    python3 snippets_test.py OCTAVO

Needs /usr/bin/python3 with h5py and pandas, and skips without. What asks a GPU is not run.
"""

import pathlib
import re
import subprocess
import sys
import unittest

import program_test

DOCS = pathlib.Path(__file__).resolve().parents[3] / "docs"
PYTHON = "/usr/bin/python3"


def snippet(document, number):
    """The block of Python of that number in the document."""
    return re.findall(r"(?ms)^```python\n(.*?)^```", (DOCS / document).read_text())[number]


class Snippets(program_test.ProgramTest):
    def python(self, source):
        if subprocess.run([PYTHON, "-c", "import h5py, pandas"], capture_output=True).returncode:
            self.skipTest(f"{PYTHON} lacks h5py or pandas")
        done = subprocess.run([PYTHON, "-c", source], cwd=self.folder, text=True, capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_reading_a_run_file(self):
        source = snippet("hdf5-schema.md", 0)
        self.assertLessEqual(len([line for line in source.splitlines() if line]), 10)
        self.sweep("runs.h5")
        told = self.python(source)
        self.assertRegex(told, r"model\.bin \[.*'interval'.*'sweep'.*\]")
        self.assertIn("relative_accuracy", told)
        self.assertRegex(told, r"decoder\.\d\.[a-z._]+ +(weight|activation) +\d+\.\d")
        self.assertRegex(told.splitlines()[-1], r"^-?\d\.\d+(e-\d+)?$")

    def test_recording_results(self):
        # Products of small whole numbers are exact in any order: what any correct kernel gives.
        given = snippet("hardware.md", 0) + """
random = np.random.default_rng(1)
codes = np.array([0x00, 0x38, 0x40, 0xb8, 0xc0], np.uint8)  # 0, 1, 2, -1, -2
values = dict(zip(codes, (0.0, 1.0, 2.0, -1.0, -2.0)))
a, b = random.choice(codes, (16, 64)), random.choice(codes, (24, 64))
d = np.vectorize(values.get)(a) @ np.vectorize(values.get)(b).T
record("mine.h5", "equal", "cublaslt.fp8.fast_accum", a, b, d, "a test")
d[3, 5] += 1.0
record("other.h5", "differs", "cublaslt.fp8.split_accum", a, b, d, "a test")
"""
        self.python(given)
        done = self.octavo("compare", "mine.h5")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("384", done.stdout)
        done = self.octavo("compare", "other.h5")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program_test.PROGRAM = pathlib.Path(sys.argv[1]).resolve()
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=1)
