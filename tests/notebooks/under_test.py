"""What every test of notebooks_export starts from: the scripts' place, the packages they need, a folder to write in."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "notebooks_export"
SKIPPED = 77  # what ctest takes for a skipped test
sys.path.insert(0, str(SCRIPTS))


def require(*packages: str) -> None:
    """Ends the test program as skipped, with a message, where one of the packages cannot be imported."""
    for package in packages:
        try:
            importlib.import_module(package)
        except ImportError as error:
            print(f"skipped: {error}; on Debian, apt install python3-{package}")
            sys.exit(SKIPPED)


class InFolder(unittest.TestCase):
    """A test class with a scratch folder as `folder` and current directory, removed afterwards."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = Path(scratch.name)
        cls.addClassCleanup(os.chdir, os.getcwd())
        os.chdir(cls.folder)

    def called(self, main, *arguments) -> tuple[int, str, str]:
        """(status, stdout, stderr) of a command called in this process."""
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([str(argument) for argument in arguments])
        out.seek(0)
        return status, out.read(), err.getvalue()

    def assert_one_line(self, called: tuple[int, str, str], program: str, *words: str) -> None:
        """The command failed with nothing on stdout and one line on stderr that holds these words."""
        status, out, err = called
        self.assertNotEqual(status, 0)
        self.assertEqual(out, "")
        self.assertTrue(err.startswith(f"{program}: ") and err.endswith("\n") and err.count("\n") == 1, err)
        for word in words:
            self.assertIn(word, err)
