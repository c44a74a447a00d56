"""Writes the groups of a run file as docs/hdf5-schema.md lays them out; make_run.py says what goes into them."""

from __future__ import annotations

import h5py
import numpy as np
from invented_model import TOKENS, WINDOW, WINDOWS, Fixture

NO_BIAS = -2147483648


def text(values) -> np.ndarray:
    encoded = [value.encode() for value in values]
    return np.array(encoded, dtype=f"S{max([1, *map(len, encoded)])}")


def set_attributes(item, **values) -> None:
    for name, value in values.items():
        item.attrs[name] = (
            np.bytes_(value.encode())
            if isinstance(value, str) and value
            else (np.array(b"", "S1") if value == "" else value)
        )


def write_tensors(
    group: h5py.Group, fixture: Fixture, indices: list[int], bias: int | None, scales: h5py.Group, cast: bool = True
) -> None:
    """One step of the distributions of these tensors; bias None: each under its own (AMAX). Without a cast there are
    magnitudes alone."""
    m = len(indices)
    own = np.array([fixture.bias[i] for i in indices])
    used = own if bias is None else np.full(m, bias)
    amax = 240.0 * 0.75 / 2.0**own
    excess = np.maximum(0, used - own)
    bias_counts = np.zeros((1, m, 255), np.uint32)
    exponent_counts = np.zeros((1, m, 256), np.uint64)
    for row, index in enumerate(indices):
        role = fixture.names[index][3]
        if role == "weight" or bias is not None:
            bias_counts[0, row, used[row] + 127] = 1 if role == "weight" else WINDOWS
        else:
            drawn = np.clip(np.round(fixture.random.normal(used[row], 0.7, WINDOWS)), -127, 127).astype(int)
            drawn[: WINDOWS // 2 + 1] = used[row]  # so the mode is the bias that tensors/bias holds
            np.add.at(bias_counts[0, row], drawn + 127, 1)
        sample = fixture.random.standard_t(4, 4000) * amax[row] / 30
        if index % 3 == 0:
            sample[:100] = 0.0
        exponent = np.where(sample == 0, -127, np.floor(np.log2(np.abs(sample) + 1e-300))).clip(-127, 127).astype(int)
        np.add.at(exponent_counts[0, row], exponent + 127, 1)
    values = {
        "bias": used.astype(np.int32),
        "scale": np.exp2(used).astype(np.float32),
        "amax": amax.astype(np.float32),
        "snr_db": 31.5 - 6.0 * excess - fixture.random.random(m),
        "underflow_fraction": np.full(m, 1e-3),
        "overflow_fraction": 1e-3 * excess,
        "elements": exponent_counts[0].sum(axis=1),
    }
    group["index"] = np.array(indices, np.int32)
    group["step"] = np.zeros(1, np.int64)
    group["step"].make_scale("step")
    if not cast:
        values |= {"bias": np.full(m, NO_BIAS, np.int32), "snr_db": np.full(m, np.nan)}
        values["cast"] = np.zeros(m, np.uint8)
        bias_counts[:] = 0
    for name, value in values.items():
        group[name] = value[np.newaxis]
        group[name].dims[0].attach_scale(group["step"])
    group["bias_histogram"], group["exponent_histogram"] = bias_counts, exponent_counts
    group["bias_histogram"].dims[2].attach_scale(scales["bias"])
    group["exponent_histogram"].dims[2].attach_scale(scales["exponent"])


def biases_of(key: dict) -> dict[str, int | None]:
    """bias, weight_bias and activation_bias; the latter two are the first unless they are told."""
    return {name: key.get(name, key["bias"]) for name in ("bias", "weight_bias", "activation_bias")}


def write_point(file: h5py.File, number: int, key: dict, loss: np.ndarray, correct: np.ndarray) -> h5py.Group:
    group = file.create_group(f"runs/{number}")
    set_attributes(
        group,
        **{name: value for name, value in key.items() if not name.endswith("bias")},
        **{name: np.int32(NO_BIAS if bias is None else bias) for name, bias in biases_of(key).items()},
        micro_batches=np.int64(WINDOWS),
    )
    mean = float(loss.mean(dtype=np.float64))
    for name, value in (("loss", mean), ("perplexity", float(np.exp(mean))), ("accuracy", float(correct.mean()))):
        group[f"metrics/{name}/step"], group[f"metrics/{name}/value"] = np.zeros(1, np.int64), np.array([value])
    group["tokens/loss"], group["tokens/correct"] = loss, correct
    return group


_INTEGERS = {
    "bias": "<i4",
    "weight_bias": "<i4",
    "activation_bias": "<i4",
    "open_below": "<i4",
    "open_above": "<i4",
    "undecided": "<i4",
    "tokens_to_decide": "<i8",
    "amax_tokens_to_decide": "<i8",
    "first_tokens_to_decide": "<i8",
    "first_bias": "<i4",
    "last_bias": "<i4",
    "biases": "<i4",
    "amax_bias_min": "<i4",
    "run": "<i4",
    "tokens": "<i8",
    "elements": "<u8",
    "seed": "<i8",
    "parameters": "<i8",
    "step": "<i8",
    "layer": "<i4",
    "margin": "<i4",
    "overflowed": "<i8",
    "scored": "<i8",
    "derivatives": "<i8",
    "flushed": "<i8",
    "not_finite": "<i8",
    "shown": "<i4",
    "k": "<i4",
    "promotion": "<i4",
    "outputs": "<i8",
    "products": "<i8",
    "multiply_adds": "<i8",
    "differing": "<i8",
    "non_finite": "<i8",
}


def write_table(file: h5py.File, name: str, columns: str, rows: list[tuple]) -> None:
    fields = []
    for place, column in enumerate(columns.split()):
        sample = [row[place] for row in rows]
        longest = max([1, *(len(value) for value in sample if isinstance(value, str))])
        fields.append((column, f"S{longest}" if isinstance(sample[0], str) else _INTEGERS.get(column, "<f8")))
    file[f"tables/{name}"] = np.array(
        [tuple(v.encode() if isinstance(v, str) else v for v in row) for row in rows], dtype=fields
    )


def write_frame(file: h5py.File, experiment: str, fixture: Fixture, override: dict) -> None:
    root = {
        "schema": "octavo-runs",
        "schema_version": np.int32(2),
        "experiment": experiment,
        "program_version": "0.1.0",
        "git_commit": "0" * 40,
        "compiler": "synthetic",
        "compiler_flags": "-O3",
        "command": f"octavo {experiment} --model synthetic.gguf",
        "seed": np.uint64(0),
        "engine": "fp32: one FMA chain per output, ascending k",
        "model_name": "synthetic.gguf",
        "model_bytes": np.uint64(1000),
        "model_header_sha256": "0" * 64,
        "model_family": fixture.family,
        "model_layers": np.int64(fixture.layers),
        "model_parameters": np.int64(1234567),
        "text_name": "invented.txt",
        "text_bytes": np.uint64(9999),
        "text_sha256": "1" * 64,
        "context": np.int64(WINDOW),
        "batch": np.int64(1),
        "tokens": np.int64(TOKENS),
        "fingerprint": "2" * 64,
    }
    set_attributes(file, **{**root, **override})
    file.create_group("config")
    set_attributes(
        file["config"],
        recipe_name="perez-2023-inference.toml",
        recipe='baseline = "fp32"\n[cast]\nweight = { format = "e4m3fnuz" }\n',
    )
    for name, values in (
        ("bias", np.arange(-127, 128, dtype=np.int32)),
        ("exponent", np.arange(-127, 129, dtype=np.int32)),
    ):
        file[f"axes/{name}"] = values
        file[f"axes/{name}"].make_scale(name)
    file["tensors/name"] = text([name for name, *_ in fixture.names])
    file["tensors/layer"] = np.array([layer for _, layer, *_ in fixture.names], np.int32)
    file["tensors/kind"] = text([kind for _, _, kind, _ in fixture.names])
    file["tensors/role"] = text([role for *_, role in fixture.names])
