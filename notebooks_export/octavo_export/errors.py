"""What the user can put right is told in one line on stderr; needs nothing but the standard library."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Callable

# Python package -> Debian package, for the line that says what to install.
PACKAGES = {
    "numpy": "python3-numpy",
    "h5py": "python3-h5py",
    "matplotlib": "python3-matplotlib",
    "pandas": "python3-pandas",
}


class UserError(Exception):
    """What is wrong, where, and what to try; one line."""


class Lacks(Exception):
    """The file does not hold what a figure shows; the message says what is missing and which command would write it."""


def one_line(message: object, limit: int = 400) -> str:
    """The message without line breaks, control characters and excess length."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(message)).split())
    return text if len(text) <= limit else text[: limit - 3] + "..."


def require(packages: dict[str, str]) -> None:
    """Imports `packages` (Python name -> Debian name); raises UserError with the line that installs what fails."""
    reasons = {}
    for name in packages:
        try:
            importlib.import_module(name)
        except (
            Exception
        ) as error:  # a package built for another numpy fails with anything from ImportError to ValueError
            reasons[name] = one_line(error, 120)
    if reasons:
        wanted = " ".join(packages[name] for name in reasons)
        told = "; ".join(f"cannot import {name} ({reason})" for name, reason in reasons.items())
        raise UserError(f"{told} in {sys.executable}: on Debian, apt install {wanted}")


class Parser(argparse.ArgumentParser):
    """argparse that reports a wrong command line as a UserError, so in one line."""

    def error(self, message: str):
        raise UserError(f"{message}; try --help")


def guarded(program: str, body: Callable[[list[str]], None], arguments: list[str]) -> int:
    """Runs `body` and returns the exit status; a UserError becomes the line `program: ...` on stderr and status 1."""
    sys.stdout.reconfigure(errors="surrogateescape")  # a path's bytes, whatever they are
    try:
        body(arguments)
        sys.stdout.flush()
    except UserError as error:
        print(f"{program}: {one_line(error)}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return 0


def isolated(program: str, main: Callable[[list[str]], int], arguments: list[str]) -> int:
    """Runs `main` in a child process and returns its status: the HDF5 library can crash on a damaged file, and the user
    is owed a line all the same."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the child silently and the parent tells
        try:
            status = main(arguments)
        except SystemExit as ended:  # --help
            status = ended.code or 0
        except BaseException:  # a defect of this program: the traceback is what its authors need
            sys.excepthook(*sys.exc_info())
            status = 2
        sys.stdout.flush()
        os._exit(status)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == -signal.SIGINT:
        return 130
    if status < 0:
        cause = signal.strsignal(-status) or f"signal {-status}"
        print(f"{program}: ended by '{cause}'; the run file is damaged, or memory ran out", file=sys.stderr)
        return 1
    return status
