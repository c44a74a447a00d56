#!/usr/bin/env python3
"""The program octavo from outside: killed sweeps, equal bytes, and one line for everything that can be wrong.

    python3 program_test.py OCTAVO [SHARED]

OCTAVO is the built program, SHARED a folder with data/stories260K; tests that need what is not there are skipped.
"""

import gzip
import json
import os
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = pathlib.Path()
SHARED = pathlib.Path()

WIDTH, HIDDEN, LAYERS, HEADS, KV_HEADS, VOCABULARY, CONTEXT = 32, 48, 3, 4, 2, 64, 32


def floats(generator, count, mean, spread):
    return struct.pack(f"<{count}f", *(mean + spread * (2 * generator.random() - 1) for _ in range(count)))


def tiny_llama():
    """A random Llama as the bytes of a llama2.c file."""
    generator = random.Random(1)
    kv_width = WIDTH // HEADS * KV_HEADS
    sizes = [(VOCABULARY * WIDTH, 0, 1), (LAYERS * WIDTH, 1, 0.5)]
    sizes += [(LAYERS * rows * WIDTH, 0, 0.4) for rows in (WIDTH, kv_width, kv_width, WIDTH)]
    sizes += [(LAYERS * WIDTH, 1, 0.5)] + 3 * [(LAYERS * HIDDEN * WIDTH, 0, 0.4)]
    sizes += [(WIDTH, 1, 0.5), (CONTEXT * (WIDTH // HEADS), 0, 0)]
    header = struct.pack("<7i", WIDTH, HIDDEN, LAYERS, HEADS, KV_HEADS, VOCABULARY, CONTEXT)
    return header + b"".join(floats(generator, *size) for size in sizes)


def token_ids(count):
    """Random ids as the bytes of a .npy file."""
    generator = random.Random(2)
    header = f"{{'descr': '<i4', 'fortran_order': False, 'shape': ({count},), }}"
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    ids = struct.pack(f"<{count}i", *(generator.randrange(VOCABULARY) for _ in range(count)))
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + ids


CAST_BOTH = """[cast]
weight = {{ format = "{0}", scaling = {1} }}
activation = {{ format = "{0}", scaling = {1} }}
"""


class ProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="octavo-program-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write("model.bin", tiny_llama())
        self.write("ids.npy", token_ids(120))

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def command(self, *words):
        return [str(PROGRAM), *map(str, words)]

    def environment(self, variables):
        # Threads that wait sleep: the tests share the machine with others.
        return {**os.environ, "OCTAVO_ISA": "", **variables}

    def octavo(self, *words, **variables):
        """A finished run. What long work says of itself on stderr is in `spoken`, and not in `stderr`."""
        done = subprocess.run(self.command(*words), cwd=self.folder, env=self.environment(variables), text=True,
                              capture_output=True, timeout=60)
        done.spoken = re.findall(r"^octavo: running: (.*)\n", done.stderr, re.M)
        done.stderr = re.sub(r"^octavo: running: .*\n", "", done.stderr, flags=re.M)
        return done

    def sweep_words(self, out, *more):
        return ("sweep", "--model", "model.bin", "--token-ids", "ids.npy", "--bias", "-2:2", "--out", out, *more)

    def sweep(self, out, *more, **variables):
        """Bytes of the file that a sweep writes."""
        done = self.octavo(*self.sweep_words(out, *more), **variables)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return (self.folder / out).read_bytes()

    def refused(self, words, *told, **variables):
        """Runs what must fail: with one line on stderr that tells `told`, by itself and not by a signal."""
        before = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        done = self.octavo(*words, **variables)
        shown = f"{' '.join(map(str, words))}\nstdout: {done.stdout}\nstderr: {done.stderr}"
        self.assertGreater(done.returncode, 0, shown)
        self.assertLess(done.returncode, 126, shown)
        self.assertRegex(done.stderr, r"\Aoctavo[^\n]*: [^\n]+\n\Z", shown)
        self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(done.stdout, "", shown)
        for words_told in told:
            self.assertIn(words_told, done.stderr, shown)
        after = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        self.assertEqual(before.keys(), after.keys(), shown)
        for path, content in before.items():
            self.assertEqual(content, after[path], f"{path} changed: {shown}")


class SameBytes(ProgramTest):
    def test_threads(self):
        one = self.sweep("one.h5", "--by", "layer", "--threads", 1)
        self.assertEqual(one, self.sweep("two.h5", "--by", "layer", "--threads", 2))

    def test_instruction_sets(self):
        contents = {}
        for name in ("scalar", "avx2", "avx512"):
            done = self.octavo(*self.sweep_words(name + ".h5", "--by", "kind"), OCTAVO_ISA=name)
            if done.returncode == 0:
                contents[name] = (self.folder / (name + ".h5")).read_bytes()
            else:
                self.assertIn("lacks it", done.stderr)
        self.assertIn("scalar", contents)
        if len(contents) == 1:
            self.skipTest("this processor has neither AVX2 nor AVX-512")
        self.assertEqual(len(set(contents.values())), 1, list(contents))

    def kill_and_resume(self, *words):
        """Kills a sweep after some parts are there, goes on, kills again, and finishes."""
        out = self.folder / "killed.h5"
        parts = self.folder / "killed.h5.parts"
        killed = 0
        for goal in (1, 4):
            resume = ("--resume",) if killed else ()
            running = subprocess.Popen(self.command(*words, "--out", "killed.h5", *resume), cwd=self.folder,
                                       env=self.environment({}), stdout=subprocess.DEVNULL)
            while running.poll() is None:
                if len(list(parts.glob("[0-9]*.h5"))) >= goal:
                    running.send_signal(signal.SIGKILL)
                    break
                time.sleep(0.001)
            killed += running.wait() == -signal.SIGKILL
        self.assertGreater(killed, 0, "the sweep ended before it could be killed")
        if not out.exists():
            self.refused((*words, "--out", "killed.h5"), "--resume")
            done = self.octavo(*words, "--out", "killed.h5", "--resume")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertFalse(parts.exists())
        done = self.octavo(*words, "--out", "whole.h5")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(out.read_bytes(), (self.folder / "whole.h5").read_bytes())
        self.assertEqual({path.name for path in self.folder.glob("*.h5*")}, {"killed.h5", "whole.h5"})

    def test_killed_and_resumed(self):
        for by in ("kind", "layer"):
            with self.subTest(by=by):
                for path in self.folder.glob("*.h5"):
                    path.unlink()
                self.kill_and_resume("sweep", "--model", "model.bin", "--token-ids", "ids.npy", "--bias", "-3:3",
                                     "--by", by)

    def test_stories_killed_and_resumed(self):
        stories = SHARED / "data/stories260K"
        if not stories.is_dir():
            self.skipTest(f"needs {stories}")
        text = self.write("text.txt", (stories / "expected.txt").read_bytes())
        self.kill_and_resume("sweep", "--model", stories / "stories260K.bin", "--text", text, "--tokens", 100,
                             "--bias", "-2:2")

    def test_processes_that_share_a_run_all_finish_it(self):
        alone = self.sweep("alone.h5", "--by", "layer")
        words = self.sweep_words("shared.h5", "--by", "layer", "--resume", "--quiet")
        for attempt in range(5):
            (self.folder / "shared.h5").unlink(missing_ok=True)
            sharing = [subprocess.Popen(self.command(*words), cwd=self.folder, env=self.environment({}), text=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(3)]
            for process in sharing:
                errors = process.communicate(timeout=60)[1]
                self.assertEqual((process.returncode, errors), (0, ""))
            self.assertEqual((self.folder / "shared.h5").read_bytes(), alone)

    def test_resume_of_a_finished_run_changes_nothing(self):
        whole = self.sweep("runs.h5")
        self.assertEqual(whole, self.sweep("runs.h5", "--resume"))


class Json(ProgramTest):
    def test_eval(self):
        done = self.octavo("eval", "--model", "model.bin", "--token-ids", "ids.npy", "--json")
        result = json.loads(done.stdout)
        self.assertEqual(result["tokens"], 119)
        self.assertGreater(result["loss"], 0)
        self.assertEqual(done.stderr, "")

    def test_sweep(self):
        done = self.octavo(*self.sweep_words("runs.h5", "--json"))
        result = json.loads(done.stdout)
        self.assertEqual([point["policy"] for point in result["points"]], ["baseline", "amax"] + 5 * ["cscale"])
        self.assertEqual([point["bias"] for point in result["points"]], [None, None, -2, -1, 0, 1, 2])
        self.assertEqual([row["reference"] for row in result["intervals"]], ["baseline", "amax"])
        self.assertEqual(result["criterion"], "loss")
        for point in result["points"]:
            self.assertEqual(point["verdict"], point["verdict_loss"])
            self.assertIn(point["amax_verdict"], ("holds", "fails", "undecided"))
        done = self.octavo(*self.sweep_words("accuracy.h5", "--criterion", "accuracy"))
        self.assertIn("relative accuracy - 2 se >= 0.995", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^so: [^\n]+\n(?:    [^\n]+\n)*\nwritten: accuracy.h5\n\Z")
        for line in done.stdout.split("\n\n", 1)[1].splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_sweep_scores_the_recipe_as_it_is_written(self):
        self.write("mixed.toml", CAST_BOTH.format("e4m3", "{ cscale = { bias = 1 } }"))
        result = json.loads(self.octavo(*self.sweep_words("runs.h5", "--recipe", "mixed.toml", "--json")).stdout)
        points = {(point["policy"], point["bias"]): point for point in result["points"]}
        self.assertEqual(list(points)[:3], [("baseline", None), ("amax", None), ("recipe", None)])
        self.assertEqual(points["recipe", None]["loss"], points["cscale", 1]["loss"])  # it says just that
        alone = json.loads(self.octavo("eval", "--model", "model.bin", "--token-ids", "ids.npy", "--recipe",
                                       "mixed.toml", "--json").stdout)
        self.assertEqual(points["recipe", None]["loss"], alone["loss"])
        self.assertEqual(points["recipe", None]["loss_increase"], alone["runs"][1]["loss_increase"])

    def test_sweep_of_a_format(self):
        self.write("e5m2.toml", CAST_BOTH.format("e5m2", '"amax"'))
        with_flag = json.loads(self.octavo(*self.sweep_words("flag.h5", "--format", "e5m2", "--json")).stdout)
        by_recipe = json.loads(self.octavo(*self.sweep_words("file.h5", "--recipe", "e5m2.toml", "--json")).stdout)
        swept = [[point["loss"] for point in result["points"] if point["policy"] != "recipe"]
                 for result in (with_flag, by_recipe)]
        self.assertEqual(*swept)
        self.assertEqual([point["policy"] for point in with_flag["points"]][2], "recipe")  # e4m3, as it is written
        self.refused(self.sweep_words("x.h5", "--format", "e5m22"), "e5m22")

    def test_sweep_of_weights_and_activations_apart(self):
        words = ("sweep", "--model", "model.bin", "--token-ids", "ids.npy")
        grid = (*words, "--weight-bias", "-1:0", "--activation-bias", "2:4", "--out", "grid.h5")
        result = json.loads(self.octavo(*grid, "--json").stdout)
        pairs = [(point["weight_bias"], point["activation_bias"]) for point in result["points"]]
        self.assertEqual(pairs, [(None, None)] * 2 + [(w, a) for w in (-1, 0) for a in (2, 3, 4)])
        self.assertNotIn("intervals", result)
        self.assertIn("\nso: least loss at weights ", self.octavo(*grid, "--resume").stdout)
        line = json.loads(self.octavo(*words, "--bias", "0:2", "--out", "line.h5", "--json").stdout)
        both = json.loads(self.octavo(*words, "--weight-bias", "2:2", "--activation-bias", "2:2", "--out", "both.h5",
                                      "--json").stdout)
        self.assertEqual(both["points"][2]["loss"], line["points"][4]["loss"])
        self.refused((*words, "--weight-bias", "0:1", "--out", "x.h5"), "--activation-bias")
        self.refused((*grid[:-1], "x.h5", "--by", "layer"), "--by")
        self.refused((*grid[:-1], "x.h5", "--bias", "0:1"), "--bias")

    def test_eval_compares_recipes(self):
        for name, format_ in (("a.toml", "e4m3"), ("b.toml", "e5m2"), ("c.toml", "e2m1")):
            self.write(name, CAST_BOTH.format(format_, '"amax"'))
        words = ("eval", "--model", "model.bin", "--token-ids", "ids.npy", "--recipe")
        result = json.loads(self.octavo(*words, "a.toml,b.toml,c.toml", "--json").stdout)
        self.assertEqual([row["recipe"] for row in result["runs"]], ["", "a.toml", "b.toml", "c.toml"])
        self.assertEqual(result["recipe"], "a.toml, b.toml, c.toml")
        kl = [row["kl"] for row in result["runs"]]
        self.assertEqual(kl, sorted(kl))
        for name, row in zip("abc", result["runs"][1:]):
            alone = json.loads(self.octavo(*words, f"{name}.toml", "--json").stdout)["runs"][1]
            for column in ("loss", "accuracy", "loss_increase", "loss_increase_se", "kl", "top1_agreement", "verdict"):
                self.assertEqual(row[column], alone[column])
        shown = self.octavo(*words, "a.toml,b.toml", "--out", "both.h5")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertRegex(shown.stdout, r"(?m)^b.toml (holds|fails|undecided).*; beside a.toml: loss [+-]0")
        self.assertEqual((self.folder / "both.h5").read_bytes(), self.evaluated("a.toml,b.toml", "--threads", 2))
        self.refused((*words, "a.toml,a.toml"), "a.toml comes twice")
        self.refused((*words, "a.toml,absent.toml"), "absent.toml")

    def evaluated(self, recipes, *more):
        """Bytes of the file that an evaluation writes."""
        done = self.octavo("eval", "--model", "model.bin", "--token-ids", "ids.npy", "--recipe", recipes, "--out",
                           "again.h5", *more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return (self.folder / "again.h5").read_bytes()

    def test_claims_of_evidence_are_of_what_ran(self):
        wgmma = '\n[gemm]\nengine = "hopper-wgmma"\n'
        self.write("both.toml", CAST_BOTH.format("e4m3", '"amax"') + wgmma)
        self.write("weights.toml", '[cast]\nweight = { format = "e4m3", scaling = "amax" }' + wgmma)
        words = ("eval", "--model", "model.bin", "--token-ids", "ids.npy", "--json", "--recipe")
        both, weights = (json.loads(self.octavo(*words, name).stdout) for name in ("both.toml", "weights.toml"))
        self.assertIn("H100", both["engine"])
        self.assertEqual([row["engine"] for row in both["engines"]], ["hopper-wgmma", "fp32"])
        self.assertAlmostEqual(sum(row["share"] for row in both["engines"]), 1.0)
        self.assertNotIn("H100", weights["engine"])
        self.assertEqual([row["engine"] for row in weights["engines"]], ["fp32"])

    def test_help_and_version_go_to_stdout(self):
        for words in (["--help"], ["--version"], ["sweep", "--help"], ["eval", "--help"]):
            done = self.octavo(*words)
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            self.assertNotEqual(done.stdout, "")


class Box(ProgramTest):
    """What comes with Octavo stands in for --model and --text."""

    def test_eval_and_sweep_need_no_file(self):
        done = self.octavo("eval", "--tokens", 256)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("model octavo-llama (llama, 3 decoders", done.stdout)
        self.assertIn("text esther.txt, 256 tokens", done.stdout)
        self.assertLess(json.loads(self.octavo("eval", "--json").stdout)["loss"], 1.5)  # it is trained
        done = self.octavo("sweep", "--tokens", 256, "--bias", "0:1", "--out", "runs.h5")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("model octavo-llama", done.stdout)

    def test_the_gpt_by_its_name(self):
        self.assertLess(json.loads(self.octavo("eval", "--model", "octavo-gpt", "--json").stdout)["loss"], 1.9)

    def test_a_file_of_that_name_comes_first(self):
        self.write("octavo-gpt", "no model")
        self.refused(("eval", "--model", "octavo-gpt"), "octavo-gpt")

    def test_the_text_alone_stands_in(self):
        self.refused(("eval", "--model", "model.bin"), "tokenizer")
        self.write("text.txt", "And it came to pass")
        done = self.octavo("eval", "--text", "text.txt")
        self.assertIn("text text.txt, 18 tokens", done.stdout)


class BadInput(ProgramTest):
    def test_models(self):
        model = tiny_llama()
        self.write("truncated.bin", model[:-1000])
        self.write("short.bin", model[:20])
        self.write("empty.bin", b"")
        for name, words in (("absent.bin", "no such file"), ("truncated.bin", "bytes"), ("short.bin", "bytes"),
                            ("empty.bin", "")):
            self.refused(("eval", "--model", name, "--token-ids", "ids.npy"), name, words)
            self.refused(("sweep", "--model", name, "--token-ids", "ids.npy", "--out", "x.h5"), name)
        (self.folder / "folder").mkdir()
        self.refused(("eval", "--model", "folder", "--token-ids", "ids.npy"), "config.json")

    def test_flipped_header_bits(self):
        for bit in (0, 6, 31, 5 * 8, 64, 95, 97, 130, 161, 223):
            model = bytearray(tiny_llama())
            model[bit // 8] ^= 1 << bit % 8
            self.write("flipped.bin", bytes(model))
            self.refused(("eval", "--model", "flipped.bin", "--token-ids", "ids.npy"), "flipped.bin")

    def test_flags(self):
        sweep = self.sweep_words("x.h5")
        self.refused((), "octavo --help")
        self.refused(("swep",), "did you mean 'sweep'")
        self.refused(("sweep",), "--out")
        self.refused(("sweep", "--oot", "x.h5"), "--oot")
        self.refused((*sweep, "--treads", 2), "--treads", "octavo sweep --help")
        self.refused((*sweep, "--threads", 0), "--threads")
        self.refused((*sweep, "--by", "decoder"), "--by", "decoder")
        self.refused((*sweep, "--role", "weights"), "--role", "weights")
        self.refused((*sweep, "--context", "many"), "--context", "many")
        self.refused((*sweep, "--context", CONTEXT + 1), "--context", str(CONTEXT))
        self.refused((*sweep, "--resume", "--force"), "--resume", "--force")
        self.refused((*sweep, "stray"), "stray")
        for bias in ("3", "3:", "a:b", "4:3", "-128:0", "0:128", "0:1:2", "99999999999:3"):
            self.refused(("sweep", "--model", "model.bin", "--token-ids", "ids.npy", "--out", "x.h5", "--bias", bias),
                         "--bias", bias)
        self.refused(("eval", "--model", "model.bin"), "--text")
        self.refused(("eval", "--model", "model.bin", "--text", "ids.npy", "--token-ids", "ids.npy"), "--token-ids")
        self.refused(("sweep", "--model", "model.bin", "--token-ids", "ids.npy", "--out", ""), "--out")

    def test_unknown_instruction_set(self):
        self.refused(self.sweep_words("x.h5"), "OCTAVO_ISA", "avx2", OCTAVO_ISA="sse9")

    def test_texts(self):
        self.write("empty.txt", "")
        self.write("empty.npy", token_ids(0))
        self.write("one.npy", token_ids(1))
        self.write("text.txt", "Once upon a time")
        self.refused(("eval", "--model", "model.bin", "--text", "empty.txt"), "empty.txt")
        self.refused(("eval", "--model", "model.bin", "--text", "absent.txt"), "absent.txt")
        self.refused(("eval", "--model", "model.bin", "--text", "text.txt"), "--tokenizer")
        self.refused(("eval", "--model", "model.bin", "--text", "text.txt", "--tokenizer", "ids.npy"), "ids.npy")
        self.refused(("eval", "--model", "model.bin", "--token-ids", "text.txt"), "text.txt")
        for name in ("empty.npy", "one.npy"):
            self.refused(("eval", "--model", "model.bin", "--token-ids", name), name)

    def test_texts_of_other_kinds(self):
        vocabulary = {"\u0120" if i == 0 else chr(32 + i): i for i in range(VOCABULARY)}
        self.write("tokenizer.json", json.dumps({
            "model": {"vocab": vocabulary, "merges": []},
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False}}))
        words = ("eval", "--model", "model.bin", "--tokenizer", "tokenizer.json", "--json", "--text")
        plain = self.octavo(*words, self.write("plain.txt", "ONCE UPON A TIME"))
        self.assertEqual((plain.returncode, plain.stderr), (0, ""))
        loss = json.loads(plain.stdout)["loss"]
        self.assertNotIn("text_notes", json.loads(plain.stdout))
        self.write("a.jsonl", '{"text": "ONCE UPON A TIME"}\n')
        self.write("a.txt.gz", gzip.compress(b"ONCE UPON A TIME"))
        self.write("bom.txt", b"\xef\xbb\xbfONCE UPON A TIME")
        for name in ("a.jsonl", "a.txt.gz", "bom.txt"):
            told = json.loads(self.octavo(*words, name).stdout)
            self.assertEqual(told["loss"], loss, name)
            self.assertTrue(told["text_notes"], name)
        piped = subprocess.run(self.command(*words, "-"), cwd=self.folder, env=self.environment({}), text=True,
                               input="ONCE UPON A TIME", capture_output=True, timeout=60)
        self.assertEqual(json.loads(piped.stdout)["loss"], loss)
        self.write("utf16.txt", "ONCE".encode("utf-16"))
        self.write("latin1.txt", "caf\u00e9".encode("latin-1"))
        self.write("x.parquet", b"PAR1....PAR1")
        for name, told in (("utf16.txt", "UTF-16"), ("latin1.txt", "UTF-8"), ("x.parquet", "Parquet")):
            self.refused((*words, name), name, told)

    def test_recipes(self):
        cast = '[cast]\nweight = {{ format = "{}", scaling = {} }}\n'
        for name, content, told in (
                ("key.toml", '[cast]\nwieght = { format = "e4m3", scaling = "amax" }', "'weight'"),
                ("format.toml", cast.format("e4m33", '"amax"'), "e4m3"),
                ("bias.toml", cast.format("e4m3", "{ cscale = { bias = 128 } }"), "-127 to 127"),
                ("scaling.toml", cast.format("e4m3", '"max"'), "amax"),
                ("engine.toml", '[gemm]\nengine = "hoper"', "hoper"),
                ("broken.toml", "[cast", "not TOML"),
                ("binary.toml", bytes(range(256)), "binary.toml"),
                ("line.toml", '"a\\nb" = 1', "line.toml:1"),
                ("nothing.toml", "", "nothing to sweep")):
            self.write(name, content)
            self.refused(self.sweep_words("x.h5", "--recipe", name), told)
        self.refused(self.sweep_words("x.h5", "--recipe", "absent.toml"), "absent.toml")

    def test_existing_output_stays(self):
        self.sweep("runs.h5")
        self.refused(self.sweep_words("runs.h5"), "runs.h5", "--force")
        self.refused(("eval", "--model", "model.bin", "--token-ids", "ids.npy", "--out", "runs.h5"), "--force")
        self.refused((*self.sweep_words("runs.h5"), "--model", "absent.bin", "--force"))
        self.write("recipe.toml", '[cast]\nweight = { format = "e5m2", scaling = "amax" }\n'
                                  'activation = { format = "e4m3", scaling = "amax" }\n')
        self.refused(self.sweep_words("runs.h5", "--resume", "--recipe", "recipe.toml"), "another run")
        self.write("notes.h5", "not a run")
        self.refused(self.sweep_words("notes.h5", "--resume"), "notes.h5")

    def test_force_replaces(self):
        whole = self.sweep("runs.h5")
        self.write("runs.h5", "something else")
        self.assertEqual(whole, self.sweep("runs.h5", "--force"))

    def test_resume_with_another_recipe(self):
        words = ("sweep", "--model", "model.bin", "--token-ids", "ids.npy", "--bias", "-9:9", "--by", "kind", "--out",
                 "runs.h5")
        running = subprocess.Popen(self.command(*words), cwd=self.folder, env=self.environment({}),
                                   stdout=subprocess.DEVNULL)
        while running.poll() is None and not (self.folder / "runs.h5.parts/0.h5").exists():
            time.sleep(0.001)
        running.kill()
        running.wait()
        self.write("recipe.toml", '[cast]\nweight = { format = "e5m2", scaling = "amax" }\n'
                                  'activation = { format = "e4m3", scaling = "amax" }\n')
        # What the killed process was writing may go; its finished parts may not.
        for path in self.folder.glob("runs.h5.parts/*.tmp-*"):
            path.unlink()
        self.refused((*words, "--resume", "--recipe", "recipe.toml"), "another run", "--force")
        self.refused((*words, "--resume", "--batch", 2), "another run", "--force")

    def test_unwritable_paths(self):
        for out, told in (("absent/x.h5", "absent"), ("model.bin/x.h5", "model.bin"), (".", "ordinary file"),
                          ("/dev/null", "ordinary file"), ("/proc/x.h5", "/proc/x.h5")):
            self.refused(self.sweep_words(out), told)
            self.refused(("eval", "--model", "model.bin", "--token-ids", "ids.npy", "--out", out), told)

    def test_full_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        if os.geteuid() != 0 or shutil.which("mount") is None:
            self.skipTest("a full disk needs root, for a tmpfs")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk], capture_output=True).returncode:
            self.skipTest("cannot mount a tmpfs here")
        try:
            self.write("disk/kept.h5", "kept")
            words = ("eval", "--model", "model.bin", "--token-ids", "ids.npy", "--force", "--out", "disk/kept.h5")
            self.write("disk/filler", bytes(112 << 10))
            self.refused(words, "disk/kept.h5", "space")
            (disk / "filler").unlink()
            done = self.octavo("sweep", "--model", "model.bin", "--token-ids", "ids.npy", "--bias", "-20:20", "--out",
                               "disk/runs.h5")
            self.assertGreater(done.returncode, 0)
            self.assertRegex(done.stderr, r"\Aoctavo: [^\n]*disk/runs.h5[^\n]*space[^\n]*\n\Z")
            self.assertFalse((disk / "runs.h5").exists())
            self.assertEqual((disk / "kept.h5").read_bytes(), b"kept")
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            resumed = self.octavo("sweep", "--model", "model.bin", "--token-ids", "ids.npy", "--bias", "-20:20",
                                  "--out", "disk/runs.h5", "--resume")
            self.assertEqual((resumed.returncode, resumed.stderr), (0, ""))
        finally:
            subprocess.run(["umount", disk], check=True)

    def test_plot_of_other_files(self):
        if subprocess.run(["/usr/bin/python3", "-c", "import h5py, matplotlib"], capture_output=True).returncode:
            self.skipTest("needs h5py and matplotlib for /usr/bin/python3")
        self.refused(("plot", "absent.h5"), "absent.h5")
        self.refused(("plot", "model.bin"), "model.bin")
        self.write("make.py", "import h5py\nwith h5py.File('other.h5', 'w') as f:\n"
                              "    f.attrs['schema'] = 'something-else'\n    f.attrs['schema_version'] = 1\n")
        subprocess.run(["/usr/bin/python3", "make.py"], cwd=self.folder, check=True)
        self.refused(("plot", "other.h5"), "other.h5", "something-else")
        self.refused(self.sweep_words("other.h5", "--resume"), "other.h5")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = pathlib.Path(sys.argv[1]).resolve()
    SHARED = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "shared").resolve()
    unittest.main(argv=sys.argv[:1], verbosity=1)
