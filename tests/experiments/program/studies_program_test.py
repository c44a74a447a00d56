#!/usr/bin/env python3
"""octavo run with every study from outside: files and what is refused; every_file_test.py has the figures.

    python3 studies_program_test.py OCTAVO
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path()
STUDIES = ("inference", "fine-tuning", "fine-tuning-interval", "bias-by-decoder", "bias-over-steps", "loss-overlap", "margin",
           "loss-scale", "element-formats")


class StudiesProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="octavo-studies-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        sentences = [(i % 2, f"{('In the beginning was', 'And they went up to')[i % 2]} number {i * i % 997}.")
                     for i in range(200)]
        (self.folder / "text.txt").write_text("".join(f"{text}\n" for _, text in sentences))
        (self.folder / "labelled.tsv").write_text("".join(f"{'AB'[kind]}\t{text}\n" for kind, text in sentences))

    def octavo(self, *words):
        return subprocess.run([str(PROGRAM), *map(str, words)], cwd=self.folder, text=True, capture_output=True,
                              timeout=120)

    def study(self, name, *more):
        return self.octavo("run", name, "--scale", "tiny", "--seeds", 2, "--text", "text.txt", "--labelled",
                           "labelled.tsv", "--out", f"{name}.h5", "--quiet", *more)

    def test_every_study_writes_tables(self):
        listed = self.octavo("run", "--list").stdout
        for name in STUDIES:
            with self.subTest(study=name):
                self.assertIn(f"\n{name} ", listed)
                done = self.study(name)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertRegex(done.stdout, r"(?m)^(not )?shown \(P1 ")
                self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
                self.assertNotRegex(done.stdout, r"(?m)^\|")  # Markdown is for the files
                with (self.folder / f"{name}.claims.csv").open() as file:
                    claims = list(csv.DictReader(file))
                self.assertTrue(claims and all(claim["shown"] in "01" for claim in claims))
                self.assertTrue((self.folder / f"{name}.claims.md").read_text().startswith("| item |"))

    def test_equal_runs_make_equal_files(self):
        self.assertEqual(self.study("fine-tuning", "--threads", 1).returncode, 0)
        first = (self.folder / "fine-tuning.h5").read_bytes()
        self.assertEqual(self.study("fine-tuning", "--force", "--cache", "other", "--threads", 2).returncode, 0)
        self.assertEqual(first, (self.folder / "fine-tuning.h5").read_bytes())
        result = json.loads(self.study("fine-tuning", "--force", "--json", "--family", "llama").stdout)
        self.assertEqual([row["policy"] for row in result["outcomes"]], ["baseline", "amax"] * 2)

    def test_refusals(self):
        self.study("margin")
        done = self.study("margin")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("--force", done.stderr)
        (self.folder / "labelled.tsv").write_text("A\tone\nno tab\n")
        done = self.study("inference")
        self.assertRegex(done.stderr, r"\Aoctavo: [^\n]*labelled.tsv:2:[^\n]*\n\Z")
        self.assertFalse((self.folder / "inference.h5").exists())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = pathlib.Path(sys.argv[1]).resolve()
    unittest.main(argv=sys.argv[:1], verbosity=1)
