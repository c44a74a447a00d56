#!/usr/bin/env python3
"""What octavo says: help of every command, versions, recipes, names of formats, progress, and the last words of a run that
was interrupted.

    python3 words_program_test.py OCTAVO [SHARED]
"""

import json
import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest

import program_test
from program_test import ProgramTest

TABLES = (("formats",), ("recipes",), ("run", "--list"), ("capture", "--list"), ("formats", "e5m2"), ("formats", "nvfp4"),
          ("formats", "mxfp8-e4m3"), ("help",), ("version",))


class Words(ProgramTest):
    def said(self, *words):
        done = self.octavo(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return done.stdout

    def assert_fits(self, text, words):
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, f"{words}: {line}")

    def commands(self):
        """Every command, and those of run."""
        def below(*words):
            text = self.said("help", *words)
            return [(*words, name) for name in re.findall(r"(?m)^  ([a-z][a-z-]+)(?: |$)", text[text.find("Subcommands:"):])]
        return below() + below("run")

    def test_every_help_fits_and_names_no_type_of_cpp(self):
        commands = self.commands()
        self.assertGreater(len(commands), 20)
        for words in commands:
            text = self.said(*words, "--help")
            if words[0] not in ("plot", "report"):  # Python's
                self.assertEqual(text, self.said("help", *words))
                self.assertNotRegex(text, r"\bINT\b|TEXT:|FLOAT| in \[|1000000000", words)
            self.assert_fits(text, words)

    def test_tables_fit(self):
        for words in TABLES:
            self.assert_fits(self.said(*words), words)

    def test_version_and_help(self):
        self.assertEqual(self.said("version"), self.said("--version"))
        self.assertEqual(self.said("help"), self.said("--help"))
        self.refused(("help", "swep"), "did you mean 'sweep'")
        self.refused(("help", "run", "inferrence"), "did you mean 'inference'")
        self.refused(("frobnicate",), "unknown command 'frobnicate'", "octavo --help")

    def test_suggestions_are_near(self):
        ids = ("eval", "--model", "model.bin", "--token-ids", "ids.npy")
        self.write("r.toml", '[gemm]\nengine = "hooper"\n')
        self.refused((*ids, "--recipe", "r.toml"), "did you mean 'hopper-wgmma' or 'hopper-mma'?")
        self.refused(("formats", "hooper"), "octavo formats shows those")

    def test_files_that_cannot_be_read_are_named(self):
        for flags in (("--text", "/proc/self/mem"), ("--recipe", "/proc/self/mem"), ("--text", "/proc/self/mem", "--field", "x")):
            self.refused(("eval", "--model", "model.bin", *flags, *(("--token-ids", "ids.npy") if "--recipe" in flags else ())),
                         "/proc/self/mem")

    def test_recipes(self):
        listed = {recipe["name"] for recipe in json.loads(self.said("recipes", "--json"))}
        self.assertIn("ocp-amax", listed)
        self.assertIn("[cast]", self.said("recipes", "ocp-amax"))
        ids = ("eval", "--model", "model.bin", "--token-ids", "ids.npy", "--json")
        self.write("copy.toml", self.said("recipes", "mxfp8"))
        by_name, by_file = (json.loads(self.said(*ids, "--recipe", recipe)) for recipe in ("mxfp8", "copy.toml"))
        self.assertEqual(by_name["loss"], by_file["loss"])
        self.refused((*ids, "--recipe", "ocp-amx"), "did you mean 'ocp-amax'?")
        self.refused((*ids, "--recipe", "folder/none.toml"), "folder/none.toml", "octavo recipes")

    def test_work_says_what_it_is(self):
        done = self.octavo("eval", "--model", "model.bin", "--token-ids", "ids.npy", "--recipe", "hopper-wgmma")
        (spoken,) = done.spoken
        for told in ("eval: model.bin", "parameters", "tokens of ids.npy", "recipe hopper-wgmma.toml", "engine hopper-wgmma",
                     "1 pass", "multiply-adds"):
            self.assertIn(told, spoken)
        (spoken,) = self.octavo(*self.sweep_words("runs.h5")).spoken
        self.assertIn("7 points", spoken)
        self.assertEqual(self.octavo(*self.sweep_words("quiet.h5", "--quiet")).spoken, [])

    def interrupted(self, words, number):
        """What a command says that gets this signal once it is at work: (status, stderr)."""
        process = subprocess.Popen(self.command(*words), cwd=self.folder, env=self.environment({}), text=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        first = process.stderr.readline()
        self.assertIn("running", first)
        time.sleep(0.3)
        process.send_signal(number)
        return process.wait(timeout=60), process.stderr.read()

    def test_an_interrupted_sweep_says_how_to_go_on(self):
        words = ("sweep", "--out", "a run.h5", "--bias", "-30:30")  # the boxed model: minutes
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            found, said = self.interrupted((*words, *(("--resume",) if number == signal.SIGTERM else ())), number)
            self.assertEqual(found, status, said)
            self.assertRegex(said, r"octavo: interrupted\. Kept: \d+ of 63 points, in a run\.h5\.parts\n")
            self.assertRegex(said, r"octavo: go on with: \S*octavo\S* sweep --out 'a run\.h5' --bias -30:30 --resume\n")
        self.assertFalse((self.folder / "a run.h5").exists())

    def test_interrupted_products_say_that_nothing_is_kept(self):
        found, said = self.interrupted(("run", "accumulation", "--scale", "paper", "--out", "e.h5"), signal.SIGINT)
        self.assertEqual(found, 130, said)
        self.assertIn("Nothing of this run is kept", said)
        self.assertIn("start again with: ", said)
        self.assertEqual(sorted(path.name for path in self.folder.glob("e.h5*")), [])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program_test.PROGRAM = pathlib.Path(sys.argv[1]).resolve()
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=1)
