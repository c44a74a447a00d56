"""Opens a run file (docs/hdf5-schema.md, version 1) and gives what it holds as pandas frames and numpy arrays.

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

from .errors import UserError
from .storage import attribute, attributes, numbers, opened, table, texts

SCHEMA = "octavo-runs"
VERSION = 1
NO_BIAS = -2147483648
MOST_BIAS = 127
MOST_LAYERS = 10000
BIASES = np.arange(-127, 128)  # the bins of a bias histogram
EXPONENTS = np.arange(
    -127, 129
)  # of an exponent histogram: the first holds zeros and subnormals, the last infinities and NaN

_SWEEP = {
    "policy": str,
    "scope": str,
    "target": str,
    "role": str,
    "bias": int,
    "loss": float,
    "perplexity": float,
    "accuracy": float,
    "relative_accuracy": float,
    "relative_accuracy_se": float,
    "loss_increase": float,
    "loss_increase_se": float,
    "tokens": int,
    "run": int,
}
_INTERVAL = {
    "scope": str,
    "target": str,
    "role": str,
    "first_bias": int,
    "last_bias": int,
    "biases": int,
    "amax_bias_min": int,
}
_QUANTIZE = {
    "tensor": str,
    "format": str,
    "scaling": str,
    "bias": int,
    "amax": float,
    "snr_db": float,
    "underflow_fraction": float,
    "overflow_fraction": float,
    "elements": int,
    "run": int,
}
_ACCUMULATION = {
    "distribution": str,
    "k": int,
    "engine": str,
    "accumulator": str,
    "promotion": int,
    "product": str,
    "outputs": int,
    "differing": int,
    "non_finite": int,
    "median_relative_error": float,
    "largest_relative_error": float,
    "normwise_relative_error": float,
    "mean_signed_relative_error": float,
}
_ACCUMULATION_MODEL = {
    "engine": str,
    "accumulator": str,
    "promotion": int,
    "product": str,
    "loss": float,
    "perplexity": float,
    "accuracy": float,
    "loss_increase": float,
    "loss_increase_se": float,
    "tokens": int,
}
_FORMATS = {
    "source": str,
    "format": str,
    "scaling": str,
    "bias": int,
    "snr_db": float,
    "others_snr_db": float,
    "underflow_fraction": float,
    "overflow_fraction": float,
    "elements": int,
}
_OUTCOMES = {
    "task": str,
    "stage": str,
    "model": str,
    "parameters": int,
    "seed": int,
    "policy": str,
    "bias": int,
    "format": str,
    "loss": float,
    "accuracy": float,
    "relative_accuracy": float,
    "relative_accuracy_se": float,
    "loss_increase": float,
    "loss_increase_se": float,
    "scored": int,
    "stopped": str,
}
_BIAS_INTERVALS = {
    "task": str,
    "stage": str,
    "model": str,
    "parameters": int,
    "seed": int,
    "first_bias": int,
    "last_bias": int,
    "biases": int,
    "amax_bias_min": int,
}
_TENSOR_BIASES = {
    "model": str,
    "seed": int,
    "step": int,
    "layer": int,
    "kind": str,
    "role": str,
    "bias": int,
    "amax": float,
}
_LOSS_CURVES = {"model": str, "seed": int, "policy": str, "step": int, "loss": float}
_OVERFLOWS = {
    "model": str,
    "margin_of": str,
    "margin": int,
    "product": str,
    "outputs": int,
    "overflowed": int,
    "share": float,
}
_LOSS_SCALES = {
    "model": str,
    "seed": int,
    "baseline": str,
    "engine": str,
    "loss_scale": float,
    "loss": float,
    "loss_increase": float,
    "stopped": str,
}
_LOST_GRADIENTS = {
    "model": str,
    "seed": int,
    "baseline": str,
    "engine": str,
    "loss_scale": float,
    "derivatives": int,
    "flushed": int,
    "not_finite": int,
    "relative_error": float,
}
_CLAIMS = {"item": str, "claim": str, "criterion": str, "found": str, "shown": int}
_RUN = ("policy", "scope", "target", "role", "bias", "micro_batches")
_TENSOR = ("bias", "scale", "amax", "snr_db", "underflow_fraction", "overflow_fraction", "elements")
_HISTOGRAMS = {"bias": len(BIASES), "exponent": len(EXPONENTS)}


class Run:
    """One run file. Tables are read at once, distributions and tokens when asked for; each may raise UserError."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        with opened(self.path) as file:
            _check_schema(file)
            self.attributes = attributes(file)
            config = attributes(file["config"])
            self.recipe_name, self.recipe = str(config.get("recipe_name", "")), str(config.get("recipe", ""))
            self.tensors = _tensor_axis(file)
            self.runs = _runs(file["runs"])
            self.sweep = _without_sentinel(table(file, "sweep", _SWEEP))
            self.interval = table(file, "interval", _INTERVAL)
            if self.interval is not None and (
                self.interval[["first_bias", "last_bias", "amax_bias_min"]].abs() > MOST_BIAS
            ).any(axis=None):
                raise UserError(f"/tables/interval has a bias beyond {MOST_BIAS}")
            self.quantize = table(file, "quantize", _QUANTIZE)
            self.accumulation = table(file, "accumulation", _ACCUMULATION)
            self.accumulation_model = table(file, "accumulation_model", _ACCUMULATION_MODEL)
            self.formats = table(file, "formats", _FORMATS)
            self.outcomes = _without_sentinel(table(file, "outcomes", _OUTCOMES))
            self.bias_intervals = table(file, "bias_intervals", _BIAS_INTERVALS)
            self.tensor_biases = table(file, "tensor_biases", _TENSOR_BIASES)
            self.loss_curves = table(file, "loss_curves", _LOSS_CURVES)
            self.overflows = table(file, "overflows", _OVERFLOWS)
            self.loss_scales = table(file, "loss_scales", _LOSS_SCALES)
            self.lost_gradients = table(file, "lost_gradients", _LOST_GRADIENTS)
            self.claims = table(file, "claims", _CLAIMS)
            _check_biases(self.bias_intervals, ("first_bias", "last_bias", "amax_bias_min"))
            _check_biases(self.tensor_biases, ("bias",))

    @property
    def experiment(self) -> str:
        return str(self.attributes.get("experiment", ""))

    def tensors_of(self, point: int, step: int = -1) -> pd.DataFrame:
        """A row a recorded tensor of /runs/<point>: name, layer, kind, role and the measurements of one step (the last
        unless told). Empty where the run casts nothing or recorded nothing."""
        with opened(self.path) as file:
            group, index = self._recorded(file, point)
            frame = self.tensors.iloc[index].reset_index(names="tensor")
            for name in _TENSOR if len(index) else ():
                frame[name] = _one_step(group, name, (None, len(index)), step)
            return frame.reindex(columns=[*frame.columns, *(name for name in _TENSOR if name not in frame)])

    def histogram(self, point: int, what: str, step: int = -1) -> np.ndarray:
        """Counts [tensor, bin], rows as in tensors_of(point); what = "bias" (BIASES) or "exponent" (EXPONENTS)."""
        with opened(self.path) as file:
            group, index = self._recorded(file, point)
            if not len(index):
                return np.zeros((0, _HISTOGRAMS[what]))
            return _one_step(group, f"{what}_histogram", (None, len(index), _HISTOGRAMS[what]), step)

    def tokens(self, point: int) -> pd.DataFrame:
        """loss (nats) and correct (0 or 1) by token of /runs/<point>, in the order of the text."""
        with opened(self.path) as file:
            group = file[f"runs/{point}/tokens"]
            loss = numbers(group, "loss", (None,))
            return pd.DataFrame({"loss": loss.astype(float), "correct": numbers(group, "correct", loss.shape)})

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


def _check_schema(file: h5py.File) -> None:
    if "schema" not in file.attrs:
        raise UserError("an HDF5 file without the attribute 'schema': no run file of Octavo")
    schema = attribute(file, "schema")
    if schema == "octavo-part":
        raise UserError("one part of an unfinished sweep; finish it with octavo sweep --resume and give the whole file")
    if schema != SCHEMA:
        raise UserError(f"schema '{schema}', but figures come from run files (schema '{SCHEMA}')")
    version = attribute(file, "schema_version")
    if version != VERSION:
        raise UserError(f"schema_version {version}, this program reads {VERSION}; use the Octavo that wrote the file")


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
    bias = frame["bias"].astype("Int64")
    bias = bias.mask(bias == NO_BIAS)
    if (bias.abs() > MOST_BIAS).any():
        raise UserError(f"a point has a bias beyond {MOST_BIAS}")
    return frame.assign(bias=bias)


def _check_biases(frame: pd.DataFrame | None, columns: tuple[str, ...]) -> None:
    if frame is not None and (frame[list(columns)].abs() > MOST_BIAS).any(axis=None):
        raise UserError(f"a table has a bias beyond {MOST_BIAS}")


def _one_step(group: h5py.Group, name: str, shape: tuple[int | None, ...], step: int) -> np.ndarray:
    values = numbers(group, name, shape)
    if not -len(values) <= step < len(values):
        raise UserError(f"{group.name}/{name} has {len(values)} steps, no step {step}")
    return values[step]
