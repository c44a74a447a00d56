#!/usr/bin/env python3
"""octavo generate from outside: a published continuation, one text for any threads and instruction set, refusals.

    python3 generate_program_test.py OCTAVO [SHARED]

SHARED is a folder with data/stories260K; tests that need what is not there are skipped.
"""

import json
import pathlib
import sys
import unittest

import program_test


class Generate(program_test.ProgramTest):
    def generate(self, *words, **variables):
        done = self.octavo("generate", *words, **variables)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return done.stdout

    def test_published_continuation(self):
        stories = program_test.SHARED / "data/stories260K"
        if not (stories / "stories260K.bin").is_file():
            self.skipTest(f"{stories} is not there")
        expected = (stories / "expected.txt").read_text()
        words = ("--model", stories / "stories260K.bin", "--tokens", 200)
        text = self.generate(*words)
        self.assertTrue(expected and text.startswith(expected), text)
        # Told a part of it, the model tells the rest.
        first, second = expected[:40], expected[40:120]
        self.assertTrue(self.generate(*words, "--prompt", first).startswith(first + second))

    def test_boxed_models(self):
        for model in ((), ("--model", "octavo-gpt")):
            text = self.generate(*model, "--prompt", "In the beginning", "--tokens", 12)
            self.assertTrue(text.startswith("In the beginning"), text)
            self.assertGreater(len(text.strip()), len("In the beginning") + 5)
            self.assertTrue(text.endswith("\n"))

    def test_one_text_for_any_threads_and_instruction_set(self):
        recipe = pathlib.Path(__file__).resolve().parents[3] / "recipes/ocp-amax.toml"
        words = ("--prompt", "And it came", "--tokens", 40, "--temperature", 0.8, "--recipe", recipe, "--seed")
        text = self.generate(*words, 7)
        self.assertEqual(self.generate(*words, 7, "--threads", 1), text)
        self.assertEqual(self.generate(*words, 7, "--threads", 3), text)
        for name in ("scalar", "avx2", "avx512"):
            done = self.octavo("generate", *words, 7, OCTAVO_ISA=name)
            if done.returncode == 0:
                self.assertEqual(done.stdout, text, name)
            else:
                self.assertIn("lacks it", done.stderr)
        self.assertNotEqual(self.generate(*words, 8), text)
        self.assertNotEqual(self.generate(*words[:6], *words[8:], 7), text)  # the recipe counts

    def test_json(self):
        words = ("--prompt", "And it came", "--tokens", 5, "--temperature", 0.5, "--seed", 3)
        told = json.loads(self.generate(*words, "--json"))
        self.assertEqual(told["text"] + "\n", self.generate(*words))
        self.assertEqual((told["model"], told["recipe"], told["prompt"], told["tokens"], told["temperature"],
                          told["seed"], told["ended_by"]),
                         ("octavo-llama", "none (fp32)", "And it came", 5, 0.5, 3, "tokens"))

    def test_a_full_context_is_said(self):
        done = self.octavo("generate", "--prompt", "In the beginning", "--tokens", 100000, "--json")
        self.assertEqual(done.returncode, 0)
        told = json.loads(done.stdout)
        self.assertEqual(told["ended_by"], "context")
        positions = told["prompt_tokens"] + told["tokens"] - 1  # the last token needs none
        self.assertEqual(done.stderr, f"octavo: note: the text ends after {told['tokens']} of 100000 tokens: "
                                      f"the model's {positions} positions are taken\n")

    def test_a_text_may_end_before(self):
        stories = program_test.SHARED / "data/stories260K/stories260K.bin"
        if not stories.is_file():
            self.skipTest(f"{stories} is not there")
        told = json.loads(self.generate("--model", stories, "--tokens", 500, "--json"))
        self.assertEqual(told["ended_by"], "end of text")
        self.assertLess(told["tokens"], 500)
        self.assertEqual(self.generate("--model", stories, "--tokens", told["tokens"] - 1), told["text"] + "\n")

    def test_refusals(self):
        self.refused(("generate", "--prompt", "word " * 5000), "the prompt has", "positions")
        self.refused(("generate", "--temperature", -1), "--temperature")
        self.refused(("generate", "--temperature", "nan"), "--temperature is not a number")
        self.refused(("generate",), "octavo-llama", "nothing to continue", "--prompt")
        self.refused(("generate", "--tokens", 0), "--tokens")
        for seed in (-1, 2**64, "x"):
            self.refused(("generate", "--seed", seed), "--seed")
        self.refused(("generate", "--model", "absent.bin"), "absent.bin")
        self.refused(("generate", "--model", "model.bin"), "model.bin", "tokenizer")
        self.refused(("generate", "--recipe", "absent.toml"), "absent.toml")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program_test.PROGRAM = pathlib.Path(sys.argv[1]).resolve()
    program_test.SHARED = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "shared").resolve()
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=1)
