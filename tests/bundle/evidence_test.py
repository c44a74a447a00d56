#!/usr/bin/env python3
"""run-evidence from outside, with the emulator and few families: killed and resumed, a family that fails, one that hangs.

    python3 evidence_test.py OCTAVO RUN_EVIDENCE
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

OCTAVO = RUN = ""
FAMILIES = ("W3", "W5", "W6", "W7", "L5")
LIMIT_BYTES = 16 * 1024 * 1024

# Stands for the program: as a family may end by an error of its own, or not at all.
BROKEN = """#!/usr/bin/env bash
for word in "$@"; do last=$word; [ "$word" = {family} ] && [ "$1" = capture ] && {{ {what}; }}; done
exec {octavo} "$@"
"""


class Evidence(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out"

    def environment(self, program=None, **others):
        return {**os.environ, "OUT": str(self.out), "OCTAVO": str(program or OCTAVO), **others}

    def start(self, *words, program=None):
        return subprocess.Popen([RUN, "--emulated", *words], env=self.environment(program), stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, start_new_session=True)

    def run_all(self, *words, program=None, **others):
        return subprocess.run([RUN, "--emulated", *words], env=self.environment(program, **others), text=True,
                              capture_output=True, timeout=300)

    def summary(self):
        return (self.out / "summary.txt").read_text().splitlines()

    def finished(self):
        """Families that the summary says are done, with their numbers of results."""
        lines = (re.match(r"(\S+) +(\d+) results +(\d+) mismatches +\d+ s  ok$", line) for line in self.summary())
        return {match[1]: int(match[2]) for match in lines if match}

    def total(self):
        return tuple(map(int, re.fullmatch(r"compared (\d+) results: (\d+) mismatches", self.summary()[-1]).groups()))

    def compared(self, *files):
        done = subprocess.run([OCTAVO, "compare", *files, "--operands-from-seed", "--quiet"], text=True, capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return int(re.search(r"compared (\d+) results: 0 mismatches\n$", done.stdout)[1])

    def program(self, family, what):
        path = self.folder / "octavo"
        path.write_text(BROKEN.format(family=family, what=what, octavo=OCTAVO))
        path.chmod(0o755)
        return path

    def test_killed_at_three_moments_it_keeps_what_was_finished_and_goes_on(self):
        for steps in (1, 2, 4):
            running = self.start(*FAMILIES)
            until = time.monotonic() + 120
            while time.monotonic() < until:
                if (self.out / "summary.txt").exists() and len(self.finished()) >= steps:
                    break
                time.sleep(0.01)
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            kept = self.finished()
            self.assertGreaterEqual(len(kept), steps)
            self.assertEqual(self.total(), (sum(n for name, n in kept.items() if not name.endswith("-again")), 0))
            self.assertGreaterEqual(self.compared(self.out / "answers-1.h5"), self.total()[0])
        done = self.run_all(*FAMILIES)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertEqual(done.stdout.splitlines()[-1], self.summary()[-1])
        self.assertEqual(set(self.finished()), {*FAMILIES, "W3-again"})
        self.assertIn("other than in the first", self.summary()[-2])
        self.assertEqual(self.compared(self.out / "answers-1.h5"), self.total()[0])
        self.assertLessEqual(len(list(self.out.iterdir())), 8)
        self.assertTrue(all(file.stat().st_size <= LIMIT_BYTES for file in self.out.iterdir()))

        # What was recorded in pieces is what is recorded at once.
        whole = self.folder / "whole.h5"
        subprocess.run([OCTAVO, "capture", "--emulated", "--answers-only", "--quiet", "--out", whole,
                        *(word for family in FAMILIES for word in ("--family", family))], check=True, capture_output=True)
        self.assertEqual(whole.read_bytes(), (self.out / "answers-1.h5").read_bytes())

    def test_a_family_that_fails_leaves_the_others_whole_and_is_tried_again(self):
        broken = self.program("W6", "echo 'octavo: error while loading shared libraries' >&2; exit 127")
        # The first question, what runs, is asked of W6 too.
        broken.write_text(broken.read_text().replace('[ "$1" = capture ]', '[[ "$1" = capture && "$*" != *probe* ]]'))
        done = self.run_all("W7", "W6", "W5", program=broken)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(set(self.finished()), {"W7", "W5"})
        self.assertTrue(any(line.startswith("W6") and "failed with status 127: octavo: error while loading" in line
                            for line in self.summary()), self.summary())
        self.assertEqual(self.compared(self.out / "answers-1.h5"), self.total()[0])
        self.assertEqual(self.run_all("W7", "W6", "W5").returncode, 0)
        self.assertEqual(set(self.finished()), {"W7", "W6", "W5"})

    def test_a_family_that_hangs_is_stopped(self):
        done = self.run_all("W7", "W5", program=self.program("W5", "exec sleep 100"), LIMIT="1")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(set(self.finished()), {"W7"})
        self.assertIn("W5", done.stdout)
        self.assertIn("stopped after 1 s", done.stdout)

    def test_a_difference_is_counted_and_shown(self):
        self.assertEqual(self.run_all("W7").returncode, 0)
        changed = ("import h5py, sys\nwith h5py.File(sys.argv[1], 'r+') as file:\n"
                   "    d = file['cases/W7.f32.e4m3.e4m3/d']\n    d[0] = d[0] + 1\n")
        if subprocess.run(["/usr/bin/python3", "-c", changed, self.out / "answers-1.h5"], capture_output=True).returncode:
            self.skipTest("/usr/bin/python3 has no h5py")
        (self.folder / "out.work/W7.line").unlink()
        self.assertEqual(self.run_all("W7").returncode, 1)
        self.assertEqual(self.total()[1], 1)
        self.assertTrue(any("1 mismatches" in line for line in self.summary()))
        self.assertTrue(any("recorded 0x" in line for line in self.summary()), self.summary())

    def test_with_operands_the_parts_hold_every_file(self):
        self.assertEqual(self.run_all("--full", "W7", "W6").returncode, 0)
        for part in self.out.glob("full-*.tar"):
            subprocess.run(["tar", "-C", self.folder, "-xf", part], check=True)
        files = sorted(self.folder.glob("*.h5.gz"))
        self.assertEqual([file.name for file in files], ["W6.h5.gz", "W7.h5.gz"])
        for file in files:
            subprocess.run(["gunzip", file], check=True)
            plain = subprocess.run([OCTAVO, "compare", file.with_suffix(""), "--quiet"], text=True, capture_output=True)
            self.assertRegex(plain.stdout, r"compared [1-9]\d* results: 0 mismatches\n$")

    def test_other_options_for_the_same_folder_are_refused(self):
        self.assertEqual(self.run_all("W7").returncode, 0)
        done = self.run_all("--full", "W7")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)

    def test_without_a_gpu_it_says_so_in_one_line(self):
        done = subprocess.run([RUN, "W7"], env=self.environment(), text=True, capture_output=True)
        if done.returncode == 0:
            self.skipTest("there is a GPU")
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (3, "", 1), done.stderr)


if __name__ == "__main__":
    OCTAVO, RUN = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:3])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
