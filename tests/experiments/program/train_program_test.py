#!/usr/bin/env python3
"""octavo train from outside: the same bytes however it runs, also after kill -9, and what is lost when things go wrong: nothing.

    python3 train_program_test.py OCTAVO [SHARED]

As program_test.py.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest
import unittest.mock

import program_test
from program_test import ProgramTest

SOURCE = pathlib.Path(__file__).resolve().parents[3]

MODEL = """[model]
family = "llama"
layers = 2
width = 32
heads = 4
kv_heads = 2
hidden = 48
context = 64
"""
REST = """[data]
context = 32
validation = 0.1
[training]
steps = 12
batch = 4
accumulation = 2
learning_rate = {rate}
clip = {clip}
dropout = 0.1
[output]
record_every = 4
validate_every = 6
checkpoint_every = 3
"""


def config(model=MODEL, rate=0.01, clip=1.0):
    return model + REST.format(rate=rate, clip=clip)


def sentences():
    return "".join(f"In the beginning was the word number {i * i % 97}.\n" for i in range(150))


class TrainTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("train.toml", config())
        self.write("text.txt", sentences())
        # TE's delayed scaling: its histories are all that a cast remembers.
        self.write("recipe.toml", (SOURCE / "recipes/hybrid-delayed.toml").read_bytes())

    def words(self, name, *more):
        return ("train", "--config", "train.toml", "--text", "text.txt", "--recipe", "recipe.toml", "--out",
                f"{name}.h5", "--checkpoint", name, *more)

    def train(self, name, *more, **variables):
        """Bytes of the files that a run leaves, by name within the run."""
        done = self.octavo(*self.words(name, *more), **variables)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return self.files(name)

    def files(self, name):
        found = {path.name: path.read_bytes() for path in (self.folder / f"{name}.h5", self.folder / f"{name}.jsonl")}
        found = {file.removeprefix(name): content for file, content in found.items()}
        folder = self.folder / name
        return found | {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def assert_same(self, one, other):
        self.assertEqual(one.keys(), other.keys())
        for name, content in one.items():
            self.assertTrue(content == other[name], name)  # without a page of bytes


class SameBytes(TrainTest):
    def test_threads_and_instruction_sets(self):
        whole = self.train("one", "--threads", 1)
        self.assertIn("step-00000012/training.safetensors", whole)
        self.assert_same(whole, self.train("two", "--threads", 2))
        self.assert_same(whole, self.train("scalar", OCTAVO_ISA="scalar"))
        done = self.octavo(*self.words("avx2"), OCTAVO_ISA="avx2")
        if done.returncode == 0:
            self.assert_same(whole, self.files("avx2"))
        else:
            self.assertIn("lacks it", done.stderr)

    def test_interrupted_with_a_checkpoint_of_the_step_that_is_done(self):
        self.write("train.toml", config().replace("steps = 12", "steps = 300").replace("checkpoint_every = 3", "checkpoint_every = 200"))
        log = self.folder / "stopped.jsonl"
        running = subprocess.Popen(self.command(*self.words("stopped")), cwd=self.folder, env=self.environment({}), text=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while running.poll() is None and not (log.exists() and log.read_bytes().count(b"\n") > 3):
            time.sleep(0.01)
        running.send_signal(signal.SIGTERM)
        said = running.communicate(timeout=60)[1]
        self.assertEqual(running.returncode, 143, said)
        self.assertRegex(said, r"running: train: train.toml \(llama, 2 decoders, \d+ parameters\) on text.txt, ")
        self.assertIn("Kept: checkpoints, in stopped", said)
        self.assertRegex(said, r"go on with: \S*octavo\S* train .*--checkpoint stopped --resume\n")
        done = json.loads(log.read_text().splitlines()[-1])["step"]
        self.assertEqual([path.name for path in (self.folder / "stopped").iterdir()], [f"step-{done + 1:08}"])
        resumed = self.octavo(*self.words("stopped", "--resume"))
        self.assertEqual((resumed.returncode, resumed.stderr), (0, ""))
        whole = self.train("whole")
        self.assertEqual(whole[".h5"], self.files("stopped")[".h5"])
        self.assertEqual(whole[".jsonl"], self.files("stopped")[".jsonl"])

    def test_killed_and_resumed(self):
        whole = self.train("whole")
        killed = 0
        run, log = self.folder / "killed", self.folder / "killed.jsonl"
        # Right after a checkpoint, while one is written, and between two.
        for moment in (lambda: (run / "step-00000003").exists(), lambda: (run / "step-00000006.tmp").exists(),
                       lambda: log.exists() and log.read_bytes().count(b"\n") == 11):
            resume = ("--resume",) if killed else ()
            running = subprocess.Popen(self.command(*self.words("killed", *resume)), cwd=self.folder,
                                       env=self.environment({}), stdout=subprocess.DEVNULL)
            while running.poll() is None:
                if moment():
                    running.send_signal(signal.SIGKILL)
                    break
                time.sleep(0.0002)
            killed += running.wait() == -signal.SIGKILL
        self.assertGreater(killed, 0, "the run ended before it could be killed")
        if not (self.folder / "killed.h5").exists():
            self.refused(self.words("killed"), "--resume")
        self.assert_same(whole, self.train("killed", "--resume"))


class EveryModelOption(TrainTest):
    """What `train` writes, every --model takes: a checkpoint, or the folder of them."""

    # As tok*.bin: the bytes, and every capital letter besides.
    TOKENS = [b"<unk>", b"<s>", b"</s>", *(b"<0x%02X>" % i for i in range(256)), *(bytes([32 + i]) for i in range(61))]

    def test_fine_tuned_llama2c(self):
        with unittest.mock.patch.object(program_test, "VOCABULARY", len(self.TOKENS)):
            self.write("start/model.bin", program_test.tiny_llama())
        tokens = (struct.pack("<fi", 0.0, len(token)) + token for token in self.TOKENS)
        self.write("start/tok320.bin", struct.pack("<i", 6) + b"".join(tokens))
        self.write("capitals.txt", "IN THE BEGINNING WAS THE WORD. " * 30)
        self.write("train.toml", '[model]\nstart = "start/model.bin"\n[data]\ncontext = 16\n[training]\nsteps = 2\nbatch = 2\n'
                                 "[output]\ncheckpoint_every = 1\n")
        done = self.octavo("train", "--config", "train.toml", "--text", "capitals.txt", "--out", "run.h5", "--checkpoint", "run")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for model, notes in (("run/step-00000001", ""), ("run", "'run' holds checkpoints; opened step-00000002, the newest\n")):
            note = f"octavo: note: {notes}" if notes else ""
            done = self.octavo("eval", "--model", model, "--text", "capitals.txt", "--context", 16, "--tokens", 32)
            self.assertEqual((done.returncode, done.stderr), (0, note))
            done = self.octavo("generate", "--model", model, "--prompt", "IN THE", "--tokens", 4, "--json")
            self.assertEqual((done.returncode, done.stderr), (0, note))
            self.assertTrue(json.loads(done.stdout)["text"].startswith("IN THE"))
            done = self.octavo("sweep", "--model", model, "--text", "capitals.txt", "--context", 16, "--tokens", 16, "--bias",
                               "0:0", "--out", "sweep.h5", "--force")
            self.assertEqual((done.returncode, done.stderr), (0, note))
        self.write("next.toml", '[model]\nstart = "run"\n[data]\ncontext = 16\n[training]\nsteps = 1\nbatch = 2\n')
        done = self.octavo("train", "--config", "next.toml", "--text", "capitals.txt", "--out", "next.h5", "--checkpoint", "next")
        self.assertEqual((done.returncode, done.stderr), (0, note))
        self.assertTrue((self.folder / "next/step-00000001/tokenizer.bin").is_file())

    def test_steps_may_be_raised(self):
        for schedule, notes in (("constant", ""), ("cosine", "octavo: note: the cosine schedule now ends after 16 steps, not 12: "
                                                             "from step 12 on the learning rate follows the new curve, and the "
                                                             "run is not that of 16 steps from the beginning\n")):
            with self.subTest(schedule=schedule):
                short = config().replace("[training]", f'[training]\nschedule = "{schedule}"')
                self.write("train.toml", short.replace("steps = 12", "steps = 16"))
                whole = self.train(f"whole-{schedule}")
                self.write("train.toml", short)
                self.train(schedule)
                self.write("train.toml", short.replace("steps = 12", "steps = 16"))
                done = self.octavo(*self.words(schedule, "--resume"))
                self.assertEqual((done.returncode, done.stderr), (0, notes))
                model = "step-00000016/model.safetensors"
                self.assertEqual(self.files(schedule)[model] == whole[model], schedule == "constant")

    def test_texts_of_a_field(self):
        self.write("text.jsonl", json.dumps({"story": sentences()}) + "\n")
        words = ("train", "--config", "train.toml", "--out", "run.h5", "--checkpoint", "run", "--text", "text.jsonl")
        self.refused(words, "text.jsonl", "text")
        self.assertEqual(self.octavo(*words, "--field", "story", "--no-special").returncode, 0)
        self.refused(("train", "--config", "train.toml", "--out", "ids.h5", "--checkpoint", "ids", "--token-ids", "ids.npy",
                      "--field", "story"), "--field and --no-special are about a text")


class BadInput(TrainTest):
    def test_configurations(self):
        for content, told in ((config().replace("steps", "step"), "'training.steps'"),
                              (config().replace('"llama"', '"lama"'), "'llama'"),
                              (config().replace("heads = 4", "heads = 5"), "heads"),
                              (config().replace("batch = 4", "batch = 0"), "batch"),
                              ("", "[model]"), ("[model", "not TOML"), (bytes(range(256)), "train.toml")):
            self.write("train.toml", content)
            self.refused(self.words("run"), told)

    def test_a_text_smaller_than_a_step(self):
        self.write("text.txt", sentences()[:200])
        self.refused(self.words("run"), "7 sequences", "a step takes 8")

    def test_a_checkpoint_of_another_shape_or_run(self):
        self.train("run")
        self.write("train.toml", config(MODEL.replace("hidden = 48", "hidden = 64")))
        self.refused(self.words("run", "--resume"), "another run")
        # As a start it brings its own shape; numbers of a new model beside it make no sense.
        self.write("train.toml", config('[model]\nstart = "run/step-00000012"\nhidden = 64\n'))
        self.refused(self.words("other"), "[model] needs either")

    def test_damaged_checkpoints(self):
        self.train("run")
        (self.folder / "run.h5").unlink()
        newest = self.folder / "run/step-00000012"
        for name in ("training.safetensors", "model.safetensors", "config.json"):
            content = (newest / name).read_bytes()
            for damaged in (content[:-50], content[:20], b"", b"\xff" * 64 + content[64:]):
                (newest / name).write_bytes(damaged)
                self.refused(self.words("run", "--resume"), name)
            (newest / name).write_bytes(content)
        # The checkpoint before it is whole: without the damaged one the run goes on from there.
        whole = self.files_of("step-00000012")
        shutil.rmtree(newest)
        self.assertEqual(self.octavo(*self.words("run", "--resume")).returncode, 0)
        self.assertEqual(whole, self.files_of("step-00000012"))

    def files_of(self, checkpoint):
        return {path.name: path.read_bytes() for path in (self.folder / "run" / checkpoint).iterdir()}

    def test_divergence_is_recorded(self):
        self.write("train.toml", config(rate=1e5, clip=0.0))
        # Where the baseline is FP16 the first tensor to leave its range is named; binary32 holds a loss beyond all sense.
        for baseline, reason in (("bf16", r"loss [0-9.e+]+ is beyond three times that of guessing"),
                                 ("fp16", r"decoder\.\d\.[a-z_.]+ d?[xyw] \([a-z]+, layer \d\) is the first tensor that is not "
                                          r"finite")):
            self.write("recipe.toml", f'baseline = "{baseline}"\n')
            done = self.octavo(*self.words(baseline))
            self.assertGreater(done.returncode, 0)
            told = re.fullmatch(rf"octavo: (training diverged in step (\d+): {reason}); [^\n]*{baseline}\.h5 says so[^\n]*\n",
                                done.stderr)
            self.assertTrue(told, done.stderr)
            last = (self.folder / f"{baseline}.jsonl").read_text().splitlines()[-1]
            self.assertEqual(json.loads(last)["step"], int(told[2]))
            if subprocess.run(["/usr/bin/python3", "-c", "import h5py"], capture_output=True).returncode == 0:
                script = f"import h5py; print(h5py.File('{baseline}.h5')['runs/0'].attrs['stopped'].decode())"
                stopped = subprocess.run(["/usr/bin/python3", "-c", script], cwd=self.folder, capture_output=True,
                                         text=True, check=True).stdout
                self.assertEqual(stopped.strip(), told[1])

    def test_full_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        if os.geteuid() != 0 or shutil.which("mount") is None:
            self.skipTest("a full disk needs root, for a tmpfs")
        # A checkpoint takes 330 KB: two fit, a third does not.
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=800k", "tmpfs", disk], capture_output=True).returncode:
            self.skipTest("cannot mount a tmpfs here")
        try:
            words = ("train", "--config", "train.toml", "--text", "text.txt", "--recipe", "recipe.toml", "--out",
                     "run.h5", "--checkpoint", "disk/run")
            done = self.octavo(*words)
            self.assertGreater(done.returncode, 0)
            self.assertRegex(done.stderr, r"\Aoctavo: [^\n]*disk/run/[^\n]*space[^\n]*\n\Z")
            self.assertEqual({path.name for path in (disk / "run").iterdir()}, {"step-00000003", "step-00000006"})
            # With room again the run goes on from the last good one, to the same bytes.
            subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
            done = self.octavo(*words, "--resume")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            whole = self.train("whole")
            for name in ("model.safetensors", "training.safetensors"):
                self.assertTrue((disk / "run/step-00000012" / name).read_bytes() == whole["step-00000012/" + name], name)
        finally:
            subprocess.run(["umount", disk], check=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program_test.PROGRAM = pathlib.Path(sys.argv[1]).resolve()
    program_test.SHARED = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "shared").resolve()
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=1)
