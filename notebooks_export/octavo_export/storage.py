"""Gets arrays, texts and tables out of HDF5 objects that may be damaged or hostile, each checked before it is read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from .errors import UserError, one_line

# deflate cannot shrink data by more than about 1032 to 1, so a dataset that declares more than this times its storage
# is not one that Octavo wrote, and reading it could ask for any amount of memory.
MOST_COMPRESSION = 1100
SMALL = 1 << 20


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """The file open for reading; what HDF5 and numpy report about it inside the block is raised as a UserError."""
    if not path.exists():
        raise UserError(f"{path}: no such file")
    if path.is_dir():
        raise UserError(f"{path}: a folder, not a run file")
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error
    if not h5py.is_hdf5(path):
        raise UserError(f"{path}: not an HDF5 file; give a file that octavo sweep, eval, train, quantize or run wrote")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    except (
        OSError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        RuntimeError,
        MemoryError,
        OverflowError,
    ) as error:
        raise UserError(f"{path}: truncated or damaged ({one_line(error, 160)}); make it again") from error


def text(value: object) -> str:
    """An HDF5 string as str; null padding and undecodable bytes do no harm."""
    if isinstance(value, (bytes, np.bytes_)):
        return bytes(value).rstrip(b"\0").decode("utf-8", "replace")
    return str(value)


def attribute(item: h5py.Group, name: str) -> str | int | float:
    """A scalar attribute as a Python value; raises UserError where there is none."""
    if name not in item.attrs:
        raise UserError(f"{item.name} has no attribute '{name}'")
    value = np.asarray(item.attrs[name])
    if value.size != 1:
        raise UserError(f"attribute '{name}' of {item.name} is not a scalar")
    value = value.reshape(-1)[0]
    return value.item() if isinstance(value, np.number) else text(value)


def attributes(item: h5py.Group) -> dict[str, str | int | float]:
    return {text(name): attribute(item, name) for name in item.attrs}


def array(group: h5py.Group, name: str, dimensions: int) -> np.ndarray:
    """A dataset of so many dimensions, read whole; UserError where it is none or declares more than it stores."""
    data = group[name]
    if not isinstance(data, h5py.Dataset) or data.shape is None or data.ndim != dimensions:
        raise UserError(f"{group.name}/{name} is not a dataset of {dimensions} dimensions")
    declared = math.prod(data.shape) * data.dtype.itemsize
    if declared > MOST_COMPRESSION * data.id.get_storage_size() + SMALL:
        raise UserError(f"{group.name}/{name} declares {declared} bytes but stores fewer: truncated or damaged")
    return data[()]


def numbers(group: h5py.Group, name: str, shape: tuple[int | None, ...]) -> np.ndarray:
    """A numeric dataset of the given shape (None: any length); raises UserError where it differs."""
    data = array(group, name, len(shape))
    if data.dtype.kind not in "iuf" or any(want not in (None, have) for want, have in zip(shape, data.shape)):
        raise UserError(f"{group.name}/{name} has the wrong type or shape {data.shape}")
    return data


def texts(group: h5py.Group, name: str) -> list[str]:
    data = array(group, name, 1)
    if data.dtype.kind not in "SO":
        raise UserError(f"{group.name}/{name} does not hold strings")
    return [text(value) for value in data]


def table(file: h5py.File, name: str, columns: dict[str, type]) -> pd.DataFrame | None:
    """The columns (name -> str, int or float) of a compound dataset under /tables; None without the table."""
    if name not in file.get("tables", ()):
        return None
    data = array(file["tables"], name, 1)
    frame = {}
    for column, kind in columns.items():
        if column not in (data.dtype.names or ()):
            raise UserError(f"/tables/{name} has no column '{column}'")
        values = data[column]
        if values.ndim != 1 or values.dtype.kind not in ("SO" if kind is str else "iuf"):
            raise UserError(f"/tables/{name} has a column '{column}' of the wrong type")
        with np.errstate(invalid="ignore"):  # a whole number that is stored as NaN is no number of Octavo's
            frame[column] = [text(value) for value in values] if kind is str else values.astype(np.dtype(kind))
    return pd.DataFrame(frame, columns=list(columns))
