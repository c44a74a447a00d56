"""Opens a run file (docs/hdf5-schema.md, versions 1 and 2) and gives what it holds as pandas frames and numpy arrays.

from octavo_export.read import open_run
run = open_run("runs.h5")
run.sweep                    # a row a point
run.tensors_of(1)            # a row a tensor under point 1: bias, amax, SNR, ...
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from .errors import Lacks, UserError
from .storage import attribute, attributes, numbers, opened, table, texts
from .tables import TABLES
from .versions import MISSING_IN_1, VERSIONS, upgraded

SCHEMA = "octavo-runs"
NO_BIAS = -2147483648
MOST_BIAS = 127
MOST_LAYERS = 10000
BIASES = np.arange(-127, 128)  # the bins of a bias histogram
EXPONENTS = np.arange(
    -127, 129
)  # of an exponent histogram: the first holds zeros and subnormals, the last infinities and NaN

# What else Octavo writes, and what is to be done with it.
_OTHERS = {
    "octavo-part": "one part of an unfinished sweep; finish it with octavo sweep --resume and give the whole file",
    "octavo-cases": "a file of recorded results, schema 'octavo-cases': octavo compare FILE --explain reads it",
    "octavo-products": "products of two matrices by octavo gemm, schema 'octavo-products': its table is "
    "/tables/products, as octavo gemm printed it",
}
_RUN = ("policy", "scope", "target", "role", "bias", "micro_batches")
_BIASES = {"bias", "weight_bias", "activation_bias"}
_TENSOR = ("bias", "scale", "amax", "snr_db", "underflow_fraction", "overflow_fraction", "elements")
_HISTOGRAMS = {"bias": len(BIASES), "exponent": len(EXPONENTS)}


class Run:
    """One run file. Each of TABLES is an attribute of its name, None where the file lacks it. Tables are read at once,
    distributions and tokens when asked for; each may raise UserError."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        with opened(self.path) as file:
            version = _check_schema(file)
            self.attributes = attributes(file)
            config = attributes(file["config"])
            self.recipe_name, self.recipe = str(config.get("recipe_name", "")), str(config.get("recipe", ""))
            self.tensors = _tensor_axis(file)
            self.runs = _runs(file["runs"])
            for name, frame in _tables(file, version).items():
                setattr(self, name, _checked(name, frame))

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Those of TABLES that the file has, by name."""
        return {name: frame for name in TABLES if (frame := getattr(self, name)) is not None}

    @property
    def experiment(self) -> str:
        return str(self.attributes.get("experiment", ""))

    @property
    def engine(self) -> str:
        """What computed the products, by short names, with shares of the multiply-adds where there are several; the
        file's own words where it has no table of them."""
        if self.engines is None or self.engines.empty:
            return str(self.attributes.get("engine", "?"))
        of_recipe = {}
        for row in self.engines.itertuples():
            name = row.engine + (f" {row.accumulator}" if row.accumulator != "f32" else "")
            name += f" /{row.promotion}" if row.promotion else ""
            of_recipe.setdefault(row.recipe, []).append((name, row.share))
        words = {}
        for recipe, engines in of_recipe.items():
            words[recipe] = ", ".join(name if len(engines) == 1 else f"{name} {share:.1%}" for name, share in engines)
        if len(set(words.values())) == 1:
            return next(iter(words.values()))
        return "; ".join(f"{told} under {recipe}" for recipe, told in words.items())

    def tensors_of(self, point: int, step: int = -1) -> pd.DataFrame:
        """A row a recorded tensor of /runs/<point>: name, layer, kind, role and the measurements of one step (the last
        unless told). Empty where the run casts nothing or recorded nothing."""
        with opened(self.path) as file:
            group, index = self._recorded(file, point)
            frame = self.tensors.iloc[index].reset_index(names="tensor")
            for name in _TENSOR if len(index) else ():
                frame[name] = _one_step(group, name, (None, len(index)), step)
            frame["cast"] = _one_step(group, "cast", (None, len(index)), step) if len(index) and "cast" in group else 1
            if "bias" in frame:  # a tensor without a value has none
                frame["bias"] = frame["bias"].where(frame["bias"] != NO_BIAS)
            return frame.reindex(columns=[*frame.columns, *(name for name in _TENSOR if name not in frame)])

    def histogram(self, point: int, what: str, step: int = -1) -> np.ndarray:
        """Counts [tensor, bin], rows as in tensors_of(point); what = "bias" (BIASES) or "exponent" (EXPONENTS)."""
        with opened(self.path) as file:
            group, index = self._recorded(file, point)
            if not len(index):
                return np.zeros((0, _HISTOGRAMS[what]))
            if f"{what}_histogram" not in group:
                raise Lacks(f"its points have no {what} histograms; octavo sweep and octavo eval write them")
            return _one_step(group, f"{what}_histogram", (None, len(index), _HISTOGRAMS[what]), step)

    def tokens(self, point: int) -> pd.DataFrame:
        """loss (nats) and correct (0 or 1) by token of /runs/<point>, in the order of the text; kl (nats) and agrees (0 or
        1) where the point was held against a baseline's logits."""
        with opened(self.path) as file:
            group = file[f"runs/{point}/tokens"]
            loss = numbers(group, "loss", (None,))
            frame = {"loss": loss.astype(float), "correct": numbers(group, "correct", loss.shape)}
            if "kl" in group:
                frame["kl"] = numbers(group, "kl", loss.shape).astype(float)
                frame["agrees"] = numbers(group, "agrees", loss.shape)
            return pd.DataFrame(frame)

    def metric(self, point: int, name: str) -> pd.Series:
        """The values of a metric of /runs/<point> by step; empty where the run has none of that name."""
        with opened(self.path) as file:
            group = file[f"runs/{point}/metrics"]
            if name not in group:
                return pd.Series(dtype=float)
            values = numbers(group[name], "value", (None,)).astype(float)
            return pd.Series(values, index=numbers(group[name], "step", values.shape).astype(int), name=name)

    def stopped(self, point: int) -> str:
        """Why the training of /runs/<point> ended early; empty if it did not."""
        with opened(self.path) as file:
            group = file[f"runs/{point}"]
            return str(attribute(group, "stopped")) if "stopped" in group.attrs else ""

    def traces(self, point: int) -> pd.DataFrame:
        """A row a recorded step and tensor of /runs/<point>: step, then as in tensors_of()."""
        with opened(self.path) as file:
            group, index = self._recorded(file, point)
            steps = numbers(group, "step", (None,)).astype(int) if len(index) else np.zeros(0, int)
            frame = self.tensors.iloc[np.tile(index, len(steps))].reset_index(names="tensor")
            frame.insert(0, "step", np.repeat(steps, len(index)))
            for name in _TENSOR if len(frame) else ():
                frame[name] = numbers(group, name, (len(steps), len(index))).ravel()
            if "bias" in frame:
                frame["bias"] = frame["bias"].where(frame["bias"] != NO_BIAS)
            return frame

    def point(self, policy: str, scope: str = "model") -> int | None:
        """The first run of this policy and scope, None where there is none."""
        found = self.runs.index[(self.runs.policy == policy) & (self.runs.scope == scope)]
        return int(found[0]) if len(found) else None

    def _recorded(self, file: h5py.File, point: int) -> tuple[h5py.Group | None, np.ndarray]:
        if "tensors" not in file[f"runs/{point}"]:
            return None, np.zeros(0, int)
        group = file[f"runs/{point}/tensors"]
        index = numbers(group, "index", (None,)).astype(int)
        if len(index) and not 0 <= index.min() <= index.max() < len(self.tensors):
            raise UserError(f"/runs/{point}/tensors/index points outside the axis of {len(self.tensors)} tensors")
        return group, index


def open_run(path: str | Path) -> Run:
    """The run file at `path`. Raises UserError: missing, not HDF5, another schema or version, truncated or damaged."""
    return Run(path)


def _check_schema(file: h5py.File) -> int:
    """The file's version."""
    if "schema" not in file.attrs:
        raise UserError("an HDF5 file without the attribute 'schema': no run file of Octavo")
    schema = attribute(file, "schema")
    if schema in _OTHERS:
        raise UserError(f"{_OTHERS[schema]}; figures and pages are made of run files (schema '{SCHEMA}')")
    if schema != SCHEMA:
        raise UserError(f"schema '{schema}', but figures come from run files (schema '{SCHEMA}')")
    version = attribute(file, "schema_version")
    if version not in VERSIONS:
        known = " and ".join(map(str, VERSIONS))
        raise UserError(f"schema_version {version}, this program reads {known}; use the Octavo that wrote the file")
    return version


def _tables(file: h5py.File, version: int) -> dict[str, pd.DataFrame | None]:
    """Every table of TABLES, None where the file lacks it."""
    missing = MISSING_IN_1 if version == 1 else {}
    found = {}
    for name, columns in TABLES.items():
        absent = missing.get(name, ())
        found[name] = table(file, name, {column: kind for column, kind in columns.items() if column not in absent})
    return upgraded(found, TABLES) if version == 1 else found


def _tensor_axis(file: h5py.File) -> pd.DataFrame:
    names = texts(file["tensors"], "name")
    frame = {"name": names, "layer": numbers(file["tensors"], "layer", (len(names),))}
    if ((frame["layer"] < -1) | (frame["layer"] >= MOST_LAYERS)).any():
        raise UserError(f"/tensors/layer has a decoder that is not in -1..{MOST_LAYERS - 1}")
    for column in ("kind", "role"):
        frame[column] = texts(file["tensors"], column)
        if len(frame[column]) != len(names):
            raise UserError(f"/tensors/{column} has another length than /tensors/name")
    return pd.DataFrame(frame)


def _runs(group: h5py.Group) -> pd.DataFrame:
    """A row a point, its number as index, with the attributes of the group and the last value of each metric."""
    rows = {}
    for name in sorted((name for name in group if name.isdecimal()), key=int):
        row = {key: attribute(group[name], key) for key in _RUN}
        for metric, item in group[name].get("metrics", {}).items():
            values = numbers(item, "value", (None,))
            row[metric] = float(values[-1]) if len(values) else np.nan
        rows[int(name)] = row
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=None if rows else list(_RUN))
    return _without_sentinel(frame)


def _without_sentinel(frame: pd.DataFrame | None) -> pd.DataFrame | None:
    """The frame with <NA> as the bias of the points that have none."""
    if frame is None:
        return None
    for column in _BIASES & set(frame):
        bias = frame[column].astype("Int64")
        bias = bias.mask(bias == NO_BIAS)
        if (bias.abs() > MOST_BIAS).any():
            raise UserError(f"a point has a bias beyond {MOST_BIAS}")
        frame = frame.assign(**{column: bias})
    return frame


def _checked(name: str, frame: pd.DataFrame | None) -> pd.DataFrame | None:
    """A table whose biases are what a bias can be, <NA> where there is none. Formats have scales of any size."""
    if frame is None:
        return frame
    if name in ("formats", "quantize"):
        bias = frame["bias"].astype("Int64")
        return frame.assign(bias=bias.mask(bias == NO_BIAS))
    if "policy" in frame and "bias" in frame:
        return _without_sentinel(frame)
    if "amax_bias_min" in frame:  # where no tensor has a value there is no smallest one
        frame = frame.assign(amax_bias_min=frame["amax_bias_min"].where(frame["amax_bias_min"] != NO_BIAS))
    biases = [column for column in ("bias", "first_bias", "last_bias", "amax_bias_min") if column in frame]
    if (frame[biases].abs() > MOST_BIAS).any(axis=None):
        raise UserError(f"/tables/{name} has a bias beyond {MOST_BIAS}")
    return frame


def _one_step(group: h5py.Group, name: str, shape: tuple[int | None, ...], step: int) -> np.ndarray:
    values = numbers(group, name, shape)
    if not -len(values) <= step < len(values):
        raise UserError(f"{group.name}/{name} has {len(values)} steps, no step {step}")
    return values[step]
