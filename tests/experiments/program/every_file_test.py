#!/usr/bin/env python3
"""Every file that any command writes has figures and a page, or one true line that says why not.

    python3 every_file_test.py OCTAVO

Needs /usr/bin/python3 with h5py, matplotlib and pandas, and skips without.
"""

import json
import pathlib
import random
import re
import struct
import subprocess
import sys
import unittest

import program_test

SOURCE = pathlib.Path(__file__).resolve().parents[3]
PYTHON = "/usr/bin/python3"
BOX = ("--model", "octavo-gpt", "--tokens", 64, "--context", 32)
BY_DECODER = {"amax-bias", "snr", "bias-histogram", "exponent-histogram"}
OVER_STEPS = {f"{what}-over-steps" for what in ("bias", "amax", "snr", "underflow", "overflow")}
TENSORS = ("--format", "e4m3,int8", "--scaling", "amax", "--tensor", "transformer.h.0.*")
FORMATS = ("run", "formats", "--format", "e4m3,int8", "--elements", 4096)
STUDY = ("--scale", "tiny", "--seeds", 1, "--text", "text.txt", "--labelled", "labelled.tsv")
TRAIN = ("train", "--config", "train.toml", "--text", "text.txt", "--checkpoint")
CONFIG = """[model]
layers = 2
width = 16
heads = 2
context = 32
[data]
validation = 0.2
[training]
steps = 4
batch = 2
[output]
record_every = 2
validate_every = 2
"""

OF_QUANTIZE = {"exponent-histogram", "quantize-snr", "quantize-scales"}

# Name of a file: the command that writes it, and its figures, or words of the line that says why there are none.
FILES = {
    "sweep-model": (("sweep", *BOX, "--bias", "-1:1"), {"sweep", *BY_DECODER}),
    "sweep-kind": (("sweep", *BOX, "--bias", "-1:1", "--by", "kind"), {"sweep-by-kind", *BY_DECODER}),
    "sweep-layer": (("sweep", *BOX, "--bias", "-1:1", "--by", "layer"), {"sensitivity", *BY_DECODER}),
    "sweep-grid": (("sweep", *BOX, "--weight-bias", "0:1", "--activation-bias", "0:1"), {"bias-map", *BY_DECODER}),
    "eval-casts": (("eval", *BOX, "--recipe", SOURCE / "recipes/ocp-amax.toml"), {"recipes", *BY_DECODER}),
    "eval-recipes": (("eval", *BOX, "--recipe", f"{SOURCE}/recipes/ocp-amax.toml,{SOURCE}/recipes/mxfp8.toml"),
                     {"recipes", *BY_DECODER}),
    "eval": (("eval", *BOX), {"exponent-histogram"}),
    "train-casts": ((*TRAIN, "casts", "--recipe", SOURCE / "recipes/perez-2023-training.toml"),
                    {"training", "amax-bias", "snr", *OVER_STEPS}),
    "train": ((*TRAIN, "plain"), {"training"}),
    "quantize": (("quantize", SOURCE / "models/octavo-gpt", *TENSORS), OF_QUANTIZE),
    "quantize-transposed": (("quantize", SOURCE / "models/octavo-llama", "--tensor", "*layers.0.*", "--format", "mxfp8-e4m3",
                             "--transposed", "--scaling", "mx"), OF_QUANTIZE),
    "accumulation": (("run", "accumulation"), {"accumulation"}),
    "accumulation-model": (("run", "accumulation", "--model", SOURCE / "models/octavo-gpt", "--text", "text.txt", "--tokens", 32,
                            "--context", 32), {"accumulation"}),
    "formats": (FORMATS, {"format-snr", "format-outliers"}),
    "formats-model": ((*FORMATS, "--model", SOURCE / "models/octavo-gpt", "--text", "text.txt", "--tokens", 32, "--context", 32),
                      {"format-snr", "format-outliers"}),
    "inference": (("run", "inference", *STUDY), {"constant-bias", "bias-intervals", "outcomes"}),
    "fine-tuning": (("run", "fine-tuning", *STUDY), {"outcomes"}),
    "fine-tuning-interval": (("run", "fine-tuning-interval", *STUDY), {"constant-bias", "bias-intervals", "outcomes"}),
    "bias-by-decoder": (("run", "bias-by-decoder", *STUDY), {"bias-by-decoder"}),
    "bias-over-steps": (("run", "bias-over-steps", *STUDY), {"bias-over-steps"}),
    "loss-overlap": (("run", "loss-overlap", *STUDY), {"loss-curves", "outcomes"}),
    "margin": (("run", "margin", *STUDY), {"overflows"}),
    "loss-scale": (("run", "loss-scale", *STUDY), {"loss-scales"}),
    "element-formats": (("run", "element-formats", *STUDY), {"outcomes"}),
    "gemm": (("gemm", "a.npy", "b.npy", "--engine", "fp32,exact"), "products of two matrices"),
    "capture": (("capture", "--emulated", "--small", "--family", "W9"), "octavo compare"),
}


def matrix(seed):
    """8 x 32 random numbers as the bytes of a .npy file."""
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (8, 32), }"
    header += " " * (117 - len(header)) + "\n"
    generator = random.Random(seed)
    return b"\x93NUMPY\x01\x00v\x00" + header.encode() + struct.pack("<256f", *(generator.gauss(0, 1) for _ in range(256)))


class EveryFile(program_test.ProgramTest):
    def setUp(self):
        super().setUp()
        sentences = [(i % 2, f"{('In the beginning was', 'And they went up to')[i % 2]} number {i * i % 997}.") for i in range(200)]
        self.write("text.txt", "".join(f"{text}\n" for _, text in sentences))
        self.write("labelled.tsv", "".join(f"{'AB'[kind]}\t{text}\n" for kind, text in sentences))
        self.write("train.toml", CONFIG)
        self.write("a.npy", matrix(1))
        self.write("b.npy", matrix(2))

    def drawn(self, *paths):
        done = subprocess.run([PYTHON, "-B", SOURCE / "tests/experiments/program/draw_files.py", SOURCE / "notebooks_export", *paths],
                              cwd=self.folder, text=True, capture_output=True)
        if done.stderr.startswith("skipped: "):
            self.skipTest(done.stderr.strip())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def test_figures_and_page(self):
        listed = self.octavo("run", "--list").stdout
        studies = re.findall(r"(?m)^([a-z-]+) ", listed)
        self.assertLessEqual(set(studies) - {"name"}, set(FILES), "a study is not in this test")
        for name, (words, _) in FILES.items():
            done = self.octavo(*words, "--out", f"{name}.h5")
            self.assertEqual(done.returncode, 0, f"{name}: {done.stderr}")
        told = self.drawn(*(f"{name}.h5" for name in FILES))
        for name, (_, figures) in FILES.items():
            with self.subTest(file=name):
                found = told[f"{name}.h5"]
                if isinstance(figures, str):
                    self.assertIsInstance(found, str)
                    self.assertIn(figures, found)
                    self.assertNotIn("damaged", found)
                else:
                    self.assertEqual(set(found), figures)
        # The commands themselves, once: pictures and a page from the training; a line for what has none.
        done = self.octavo("plot", "train.h5", "--format", "svg")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "train-figures/training.svg\n", ""))
        done = self.octavo("report", "train.h5")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "train.html\n", ""))
        self.refused(("plot", "capture.h5"), "capture.h5", "octavo compare")
        self.refused(("report", "gemm.h5"), "gemm.h5", "products of two matrices")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program_test.PROGRAM = pathlib.Path(sys.argv[1]).resolve()
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=1)
