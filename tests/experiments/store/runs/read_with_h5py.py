"""Reads the sample run file with h5py and holds it against the values that the C++ test wrote beside it as JSON.

Usage: read_with_h5py.py RUNS.h5 EXPECTED.json
"""
import json
import sys

import h5py
import numpy as np

expected = json.load(open(sys.argv[2]))


def text(value):
    assert isinstance(value, (bytes, np.bytes_)), f"not a fixed-length string: {value!r}"
    return value.decode("utf-8")


def check_attributes(attributes, values, types):
    assert set(attributes) == set(values), sorted(set(attributes) ^ set(values))
    for name, value in values.items():
        if isinstance(value, str):
            assert text(attributes[name]) == value, (name, attributes[name], value)
            stored = attributes.get_id(name).get_type()
            assert stored.get_cset() == h5py.h5t.CSET_UTF8 and stored.get_strpad() == h5py.h5t.STR_NULLPAD, name
        else:
            assert attributes[name] == value, (name, attributes[name], value)
            assert attributes[name].dtype == types[name], (name, attributes[name].dtype)


def check_array(dataset, dtype, shape):
    assert dataset.dtype == dtype and dataset.shape == shape, (dataset.name, dataset.dtype, dataset.shape)


def has_scale(dataset, dimension, scale):
    scales = list(dataset.dims[dimension].values())
    return len(scales) == 1 and scales[0].id == scale.id and h5py.h5ds.is_scale(scale.id)


with h5py.File(sys.argv[1], "r") as file:
    types = {name: "uint64" for name in ("seed", "model_bytes", "text_bytes")}
    types |= {name: "int64" for name in ("model_layers", "model_parameters", "context", "batch", "tokens")}
    types["schema_version"] = "int32"
    check_attributes(file.attrs, expected["attributes"], types)
    check_attributes(file["config"].attrs, expected["config"], {})
    assert set(file) == {"axes", "config", "runs", "tables", "tensors"}, set(file)

    axes = file["axes"]
    check_array(axes["bias"], "int32", (255,))
    check_array(axes["exponent"], "int32", (256,))
    assert list(axes["bias"]) == list(range(-127, 128)) and list(axes["exponent"]) == list(range(-127, 129))
    for name in ("bias", "exponent"):
        assert h5py.h5ds.is_scale(axes[name].id) and axes[name].attrs["NAME"] == name.encode()

    tensors = expected["tensors"]
    for name in ("name", "kind", "role"):
        assert [text(value) for value in file["tensors"][name]] == tensors[name], name
    check_array(file["tensors/layer"], "int32", (len(tensors["layer"]),))
    assert list(file["tensors/layer"]) == tensors["layer"]

    assert len(file["runs"]) == len(expected["runs"])
    for n, values in enumerate(expected["runs"]):
        run = file[f"runs/{n}"]
        check_attributes(run.attrs, values["attributes"], {**dict.fromkeys(("bias", "weight_bias", "activation_bias"), "int32"), "micro_batches": "int64"})
        for metric in ("loss", "accuracy"):
            check_array(run[f"metrics/{metric}/value"], "float64", (1,))
            check_array(run[f"metrics/{metric}/step"], "int64", (1,))
            assert run[f"metrics/{metric}/value"][0] == values[metric]
            assert has_scale(run[f"metrics/{metric}/value"], 0, run[f"metrics/{metric}/step"])
        assert np.isclose(run["metrics/perplexity/value"][0], np.exp(values["loss"]), rtol=5e-16, atol=0)
        tokens = len(values["token_correct"])
        check_array(run["tokens/loss"], "float32", (tokens,))
        check_array(run["tokens/correct"], "uint8", (tokens,))
        assert np.array_equal(run["tokens/loss"][:], np.array(values["token_loss"], "float32"))
        assert list(run["tokens/correct"]) == values["token_correct"]
        assert ("kl" in run["tokens"]) == bool(values["token_kl"])
        if values["token_kl"]:
            check_array(run["tokens/kl"], "float32", (tokens,))
            check_array(run["tokens/agrees"], "uint8", (tokens,))
            assert list(run["tokens/kl"]) == values["token_kl"]
            assert list(run["tokens/agrees"]) == values["token_agrees"]
        records = values["tensors"]
        assert ("tensors" in run) == bool(records)
        if not records:
            continue
        group = run["tensors"]
        m = len(records)
        check_array(group["index"], "int32", (m,))
        assert list(group["index"]) == [record["index"] for record in records]
        check_array(group["step"], "int64", (1,))
        kinds = {"cast": "uint8", "bias": "int32", "scale": "float32", "amax": "float32", "snr_db": "float64",
                 "underflow_fraction": "float64", "overflow_fraction": "float64", "elements": "uint64"}
        for name, dtype in kinds.items():
            check_array(group[name], dtype, (1, m))
            assert has_scale(group[name], 0, group["step"])
            found = group[name][0]
            for i, record in enumerate(records):
                assert found[i] == np.dtype(dtype).type(record[name]), (n, name, i, found[i], record[name])
        for name, dtype, bins in (("bias_histogram", "uint32", 255), ("exponent_histogram", "uint64", 256)):
            check_array(group[name], dtype, (1, m, bins))
            assert group[name].compression == "gzip" and group[name].shuffle
            assert has_scale(group[name], 0, group["step"])
            assert has_scale(group[name], 2, axes[name.split("_")[0]])
            found = group[name][0]
            for i, record in enumerate(records):
                where = {int(bin): int(found[i, bin]) for bin in np.flatnonzero(found[i])}
                assert where == {int(bin): count for bin, count in record[name].items()}, (n, name, i, where)

    for table, rows in expected["tables"].items():
        found = file["tables"][table][:]
        assert list(found.dtype.names) == list(rows[0]), found.dtype.names
        assert found.dtype.itemsize == sum(found.dtype[name].itemsize for name in found.dtype.names), "not packed"
        assert len(found) == len(rows)
        for got, row in zip(found, rows):
            for name, value in row.items():
                assert (text(got[name]) if isinstance(value, str) else got[name]) == value, (table, name, got, row)

print("h5py agrees")
