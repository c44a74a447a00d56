"""Writes a file whole or not at all, so that a full disk costs nobody an earlier result."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from .errors import UserError


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{folder}: cannot make this folder: {error.strerror or error}; give another with --out"
        ) from error


def write_whole(path: Path, data: bytes) -> None:
    """Writes beside the target and renames. Raises UserError, with nothing left behind, where that fails; Ctrl-C waits."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise UserError(f"{path}: cannot write: {error.strerror or error}; give another place with --out") from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
