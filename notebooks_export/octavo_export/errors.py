"""What the user can put right is told in one line on stderr; needs nothing but the standard library."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

# Python package -> Debian package, for the line that says what to install.
PACKAGES = {
    "numpy": "python3-numpy",
    "h5py": "python3-h5py",
    "matplotlib": "python3-matplotlib",
    "pandas": "python3-pandas",
    "PIL": "python3-pil",
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
    """Runs `body` and returns the exit status. Whatever goes wrong becomes one line `program: ...` on stderr and status
    1, a defect of this program too: it is told by its type and place."""
    if sys.stdout is None:  # closed by whoever started this
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115: for the rest of the process
    sys.stdout.reconfigure(errors="surrogateescape")  # a path's bytes, whatever they are
    try:
        body(arguments)
        sys.stdout.flush()
    except UserError as error:
        return _told(program, error)
    except BrokenPipeError:
        return 1  # who read the paths has enough of them
    except MemoryError:
        return _told(program, "not enough memory")
    except OSError as error:
        return _told(program, f"{error.filename or 'standard output'}: {error.strerror or error}")
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).parent.name in ("octavo_export", "figures")] or frames
        at = f"{Path(own[-1].filename).name}:{own[-1].lineno}"
        return _told(program, f"a defect of this program, {type(error).__name__} at {at}: {error}; please report it")
    return 0


def _told(program: str, message: object) -> int:
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(f"{program}: {one_line(message)}", file=sys.stderr)
    return 1


def silent_interrupts() -> None:
    """Ctrl-C ends this process without a word, as it ends other programs. For programs, not for who imports this."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def isolated(program: str, main: Callable[[list[str]], int], arguments: list[str]) -> int:
    """Runs `main` in a child process and returns its status: the HDF5 library can crash on a damaged file, and the user
    is owed a line all the same."""
    silent_interrupts()
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(OSError):  # a full disk behind --help
            try:
                status = main(arguments)
            except SystemExit as ended:  # --help
                status = int(ended.code or 0)
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
