"""Writes synthetic run files: invented numbers in the layout of docs/hdf5-schema.md, for tests only.

python3 make_run.py OUT.h5
"""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
from invented_model import TOKENS, Fixture
from run_layout import NO_BIAS, set_attributes, write_frame, write_point, write_table, write_tensors


def comparison(loss: np.ndarray, correct: np.ndarray, base: tuple[np.ndarray, np.ndarray]) -> tuple:
    """The columns of a comparison; the errors are paired by token, the ratio's by the delta method."""
    n, right, right0 = len(loss), correct.astype(float), base[1].astype(float)
    ratio = right.mean() / right0.mean()
    ratio_error = (right - ratio * right0).std(ddof=1) / right0.mean() / np.sqrt(n)
    more = loss.astype(float) - base[0]
    error = more.std(ddof=1) / np.sqrt(n)
    if not np.isfinite(loss).all():
        verdicts = ("fails", "fails")
    else:
        verdicts = (
            verdict(more.mean() + 2 * error <= 0.02, more.mean() - 2 * error > 0.02),
            verdict(ratio - 2 * ratio_error >= 0.995, ratio + 2 * ratio_error < 0.995),
        )
    tokens = 0
    if verdicts[0] == "undecided":
        tokens = int(np.ceil(n * (2 * error / (more.mean() - 0.02)) ** 2))
    return (ratio, ratio_error, more.mean(), error, *verdicts, verdicts[0], tokens)


def verdict(holds: bool, fails: bool) -> str:
    return "holds" if holds else "fails" if fails else "undecided"


COMPARISON = "relative_accuracy relative_accuracy_se loss_increase loss_increase_se verdict_loss verdict_accuracy"
COMPARISON += " verdict tokens_to_decide"
SWEEP = "policy scope target role bias weight_bias activation_bias loss perplexity accuracy criterion " + COMPARISON
SWEEP += "".join(f" amax_{name}" for name in COMPARISON.split()) + " tokens run"
INTERVAL = "scope target role reference criterion first_bias last_bias biases open_below open_above undecided"
INTERVAL += " tokens_to_decide amax_bias_min"


def sweep_row(number: int, key: dict, tokens: tuple, base: tuple, amax: tuple) -> tuple:
    """A row of /tables/sweep; `tokens`, `base` and `amax`: loss and correctness by token."""
    biases = (key["bias"], key.get("weight_bias", key["bias"]), key.get("activation_bias", key["bias"]))
    mean = float(tokens[0].mean(dtype=np.float64))
    return (
        *(key[name] for name in ("policy", "scope", "target", "role")),
        *(NO_BIAS if bias is None else bias for bias in biases),
        mean,
        np.exp(mean),
        tokens[1].mean(),
        "loss",
        *comparison(*tokens, base),
        *comparison(*tokens, amax),
        len(tokens[0]),
        number,
    )


def intervals(rows: list[tuple], scope: str, target: str, lowest: int) -> list[tuple]:
    """The two rows of /tables/interval of one target."""
    place = {name: at for at, name in enumerate(SWEEP.split())}
    own = [row for row in rows if row[0] == "cscale" and row[1:3] == (scope, target)]
    found = []
    for reference, prefix in (("baseline", ""), ("amax", "amax_")):
        said = {row[4]: row[place[prefix + "verdict"]] for row in own}
        asked = [row[place[prefix + "tokens_to_decide"]] for row in own if said[row[4]] == "undecided"]
        first, last, length = longest_run(sorted(bias for bias in said if said[bias] == "holds"))
        ends = (int(length > 0 and first == min(said)), int(length > 0 and last == max(said)))
        found.append(
            (scope, target, "both", reference, "loss", first, last, length, *ends, len(asked), max([0, *asked]), lowest)
        )
    return found


def longest_run(holding: list[int]) -> tuple[int, int, int]:
    """(first, last, length) of the longest run of consecutive biases, the lower among equals."""
    best = (0, 0, 0)
    start = None
    for place, bias in enumerate(holding):
        start = bias if place == 0 or bias != holding[place - 1] + 1 else start
        best = max(best, (start, bias, bias - start + 1), key=lambda found: found[2])
    return best


def make_sweep(
    path: Path,
    scopes=("model", "kind", "layer"),
    family: str = "llama",
    layers: int = 6,
    biases=range(-6, 9),
    not_finite: bool = False,
    **attributes,
) -> Path:
    """A file of `octavo sweep`; not_finite: the highest bias loses everything. `attributes` override the root's."""
    fixture = Fixture(family, layers)
    targets = {"model": [""], "kind": list(fixture.kinds), "layer": [f"decoder.{n}" for n in range(layers)]}
    keys = [("baseline", "model", "", None), ("amax", "model", "", None)]
    keys += [("cscale", scope, target, bias) for scope in scopes for target in targets[scope] for bias in biases]
    rows, base, amax = [], (fixture.base_loss.astype(np.float32), fixture.base_correct.astype(np.uint8)), None
    with h5py.File(path, "w") as file:
        write_frame(file, "sweep", fixture, attributes)
        for number, (policy, scope, target, bias) in enumerate(keys):
            key = {"policy": policy, "scope": scope, "target": target, "role": "both", "bias": bias}
            loss, correct = base if policy == "baseline" else fixture.tokens(target, bias)
            if policy != "cscale":
                amax = loss, correct
            if not_finite and bias == max(biases):
                loss, correct = np.full(TOKENS, np.nan, np.float32), np.zeros(TOKENS, np.uint8)
            group = write_point(file, number, key, loss, correct)
            if policy != "baseline":
                write_tensors(group.create_group("tensors"), fixture, fixture.indices(target), bias, file["axes"])
            rows.append((number, key, (loss, correct)))
        rows = [sweep_row(*row, base, amax) for row in rows]
        write_table(file, "sweep", SWEEP, rows)
        found = []
        for scope in scopes:
            for target in targets[scope]:
                lowest = min(fixture.bias[i] for i in fixture.indices(target))
                found += intervals(rows, scope, target, lowest)
        write_table(file, "interval", INTERVAL, found)
    return path


def make_grid(path: Path, weights=range(-2, 3), activations=range(-3, 5)) -> Path:
    """A file of `octavo sweep --weight-bias --activation-bias`: every pair, no interval."""
    fixture = Fixture("llama", 2)
    base = (fixture.base_loss.astype(np.float32), fixture.base_correct.astype(np.uint8))
    amax = fixture.tokens("", None)
    key = {"scope": "model", "target": "", "role": "both", "bias": None}
    points = [({**key, "policy": "baseline"}, base), ({**key, "policy": "amax"}, amax)]
    for weight in weights:
        for activation in activations:
            more = fixture.tokens("", min(weight + 3, activation))
            points.append(({**key, "policy": "cscale", "weight_bias": weight, "activation_bias": activation}, more))
    with h5py.File(path, "w") as file:
        write_frame(file, "sweep", fixture, {})
        for number, (key, tokens) in enumerate(points):
            write_point(file, number, key, *tokens)
        rows = [sweep_row(number, key, tokens, base, amax) for number, (key, tokens) in enumerate(points)]
        write_table(file, "sweep", SWEEP, rows)
    return path


def as_version_1(path: Path) -> Path:
    """The file without what version 2 added; its intervals are those that the rule of version 1 would give."""
    judged = set(COMPARISON.split()[4:])
    paired = {f"amax_{column}" for column in COMPARISON.split()}
    ends = {"open_below", "open_above", "undecided"}
    added = {
        "sweep": {"weight_bias", "activation_bias", "criterion"} | judged | paired,
        "interval": {"reference", "criterion", "tokens_to_decide"} | ends,
        "outcomes": judged,
        "bias_intervals": ends,
    }
    with h5py.File(path, "r+") as file:
        file.attrs["schema_version"] = np.int32(1)
        for group in file["runs"].values():
            for name in ("weight_bias", "activation_bias"):
                group.attrs.pop(name, None)
        for name in list(file.get("tables", ())):
            data = file[f"tables/{name}"][()]
            if name == "interval":
                data = data[data["reference"] == b"baseline"]
            kept = [column for column in data.dtype.names if column not in added.get(name, ())]
            old = np.empty(len(data), [(column, data.dtype[column]) for column in kept])
            for column in kept:
                old[column] = data[column]
            del file[f"tables/{name}"]
            file[f"tables/{name}"] = old
    return path


EVAL = "recipe baseline policy loss perplexity accuracy criterion " + COMPARISON + " kl kl_se top1_agreement"
EVAL += "".join(f" first_{name}" for name in COMPARISON.split()) + " tokens run"


def make_eval(path: Path, recipes: tuple[str, ...] = ("perez-2023-inference.toml",)) -> Path:
    """A file of `octavo eval`: the model without casts and under each recipe; magnitudes of every tensor in all."""
    fixture = Fixture("gpt", 1)
    base = (fixture.base_loss.astype(np.float32), fixture.base_correct.astype(np.uint8))
    points = [("", "baseline", base)] + [(name, "recipe", fixture.tokens("", None)) for name in recipes]
    first = points[min(1, len(recipes))][2]
    rows = []
    with h5py.File(path, "w") as file:
        write_frame(file, "eval", fixture, {})
        for number, (name, policy, tokens) in enumerate(points):
            key = {"policy": policy, "scope": "model", "target": "", "role": "both", "bias": None}
            group = write_point(file, number, key, *tokens)
            if policy == "recipe":
                group["tokens/kl"] = np.abs(tokens[0] - base[0]) / 10
                group["tokens/agrees"] = (tokens[1] == base[1]).astype(np.uint8)
            tensors = group.create_group("tensors")
            write_tensors(tensors, fixture, fixture.indices(""), None, file["axes"], policy == "recipe")
            loss = float(tokens[0].mean(dtype=np.float64))
            kl = (0.01, 0.001, 0.9) if policy == "recipe" else (0.0, 0.0, 1.0)
            paired = (*comparison(*tokens, base), *kl, *comparison(*tokens, first))
            rows.append((name, "fp32", policy, loss, np.exp(loss), tokens[1].mean(), "loss", *paired, TOKENS, number))
        write_table(file, "eval", EVAL, rows)
        engines = [(name, "hopper-wgmma", "f32", 128, "a description", 4, 3000, 0.75) for name in recipes]
        engines += [(name, "fp32", "f32", 0, "another", 1, 1000, 0.25) for name in recipes]
        if engines:
            columns = "recipe engine accumulator promotion product products multiply_adds share"
            write_table(file, "engines", columns, engines)
    return path


def make_training(
    path: Path, layers: int = 2, steps: int = 40, recorded: int = 8, family: str = "gpt", stopped: str = "", lengthened: bool = True
) -> Path:
    """A file of `octavo train`: metrics by step, and the casts of some steps."""
    fixture = Fixture(family, layers)
    fixture.names += [(name, layer, kind, "gradient") for name, layer, kind, role in fixture.names if role == "weight"]
    fixture.bias += [bias + 4 for bias in fixture.bias[::2]]
    step, m = np.arange(steps, dtype=np.int64), len(fixture.names)
    with h5py.File(path, "w") as file:
        write_frame(file, "train", fixture, {"model_name": "train.toml"})
        group = file.create_group("runs/0")
        key = {"policy": "recipe", "scope": "model", "target": "", "role": "both", "stopped": stopped}
        set_attributes(group, **key, bias=np.int32(NO_BIAS), micro_batches=np.int64(2))
        metrics = {
            "loss": (step, 5.0 / (1.0 + 0.1 * step)),
            "gradient_norm": (step, np.where(step % 16 == 9, np.inf, 1.0 / (1.0 + step))),
            "learning_rate": (step, 0.01 * np.cos(step / steps)),
            "loss_scale": (step, np.exp2(10.0 + step // 10)),
            "skipped": (step, (step % 16 == 9).astype(float)),
            "validation_loss": (step[9::10], 5.1 / (1.0 + 0.1 * step[9::10])),
            "validation_accuracy": (step[9::10], 0.1 + 0.01 * step[9::10]),
        }
        if lengthened:
            metrics["schedule_steps"] = (step[: steps // 2 + 1 : max(1, steps // 2)], np.array([20.0, steps])[: 1 + (steps > 1)])
        for name, (at, value) in metrics.items():
            group[f"metrics/{name}/step"], group[f"metrics/{name}/value"] = at, value
        group["metric_names"] = np.array([name.encode() for name in sorted(metrics)])
        at = np.linspace(0, steps - 1, recorded).astype(np.int64)
        wave = fixture.random.normal(0.0, 1.0, (recorded, m))
        bias = np.array(fixture.bias) + np.round(wave).astype(int)
        values = {
            "bias": bias.astype(np.int32),
            "scale": np.exp2(bias).astype(np.float32),
            "amax": (240.0 * np.exp2(-bias - 0.4)).astype(np.float32),
            "snr_db": np.where(wave > 2.0, np.inf, 31.0 + wave),
            "underflow_fraction": np.where(wave > 1.0, 1e-3 * np.abs(wave), 0.0),
            "overflow_fraction": np.zeros((recorded, m)),
            "elements": np.full((recorded, m), 4096, np.uint64),
        }
        values["bias"][0, 0], values["amax"][0, 0] = NO_BIAS, 0.0
        group["tensors/index"], group["tensors/step"] = np.arange(m, dtype=np.int32), at
        for name, value in values.items():
            group[f"tensors/{name}"] = value
    return path


OF_TRAINING = (
    "training",
    "bias-over-steps",
    "amax-over-steps",
    "snr-over-steps",
    "underflow-over-steps",
    "overflow-over-steps",
)

OF_EXPERIMENTS = (  # figures that no sweep of one bias holds: of trainings, of octavo run, of a grid, of recipes, of quantize
    *OF_TRAINING,
    "bias-map",
    "recipes",
    "quantize-snr",
    "quantize-scales",
    "format-snr",
    "format-outliers",
    "accumulation",
    "constant-bias",
    "bias-intervals",
    "outcomes",
    "bias-by-decoder",
    "loss-curves",
    "overflows",
    "loss-scales",
)

ACCUMULATION_ENGINES = [
    ("exact", "f32", 0),
    ("fp32", "f32", 0),
    ("fp16-accumulate", "f32", 0),
    ("hopper-wgmma", "f32", 0),
    ("hopper-wgmma", "f32", 1024),
    ("hopper-wgmma", "f32", 128),
    ("hopper-wgmma", "f16", 0),
    ("hopper-mma", "f32", 0),
]


def make_accumulation(path: Path, model: bool = True) -> Path:
    """A file of `octavo run accumulation`: tables without runs and tensors."""
    fixture = Fixture("llama", 2)
    with h5py.File(path, "w") as file:
        write_frame(file, "accumulation", fixture, {} if model else {"model_name": ""})
        for name in list(file["tensors"]):
            empty = np.zeros(0, file["tensors"][name].dtype)
            del file["tensors"][name]
            file["tensors"][name] = empty
        file.require_group("runs")
        rows = [
            (distribution, 32 << step, *engine, "everything", 4096, 10, 0, error, 2 * error, error, -error)
            for distribution in ("uniform", "normal")
            for step in range(8)
            for place, engine in enumerate(ACCUMULATION_ENGINES)
            for error in (0.0 if place == 0 else np.nan if place == 6 and step > 5 else 1e-6 * place * 2**step,)
        ]
        write_table(
            file,
            "accumulation",
            "distribution k engine accumulator promotion product outputs differing non_finite median_relative_error "
            "largest_relative_error normwise_relative_error mean_signed_relative_error",
            rows,
        )
        if model:
            rows = [
                (*engine, "everything", 1.5, np.exp(1.5), 0.5, 1e-4 * place**3, 1e-4, 4096)
                for place, engine in enumerate(ACCUMULATION_ENGINES)
            ]
            names = "engine accumulator promotion product loss perplexity accuracy loss_increase loss_increase_se tokens"
            write_table(file, "accumulation_model", names, rows)
    return path


QUANTIZE_CASTS = (("e4m3", "amax", 31.0), ("mxfp4", "mx", 18.5), ("e5m2", "current", np.inf))


def make_quantize(path: Path, tensors: int = 3) -> Path:
    """A file of `octavo quantize`: tensors without layer and kind, no text."""
    fixture = Fixture("llama", 2)
    fixture.names = [(f"blk.{n}.ffn_up.weight", -1, "", "weight") for n in range(tensors)]
    fixture.bias = fixture.bias[:tensors]
    with h5py.File(path, "w") as file:
        write_frame(file, "quantize", fixture, {})
        for name in ("text_name", "text_bytes", "text_sha256", "context", "batch", "tokens"):
            del file.attrs[name]
        rows = []
        for index, ((name, *_), bias) in enumerate(zip(fixture.names, fixture.bias)):
            for format_, scaling, snr in QUANTIZE_CASTS:
                group = file.create_group(f"runs/{len(rows)}")
                set_attributes(
                    group,
                    policy="quantize",
                    scope="model",
                    target="",
                    role="weight",
                    bias=np.int32(NO_BIAS),
                    micro_batches=np.int64(1),
                )
                write_tensors(group.create_group("tensors"), fixture, [index], None, file["axes"])
                rows.append((name, format_, scaling, bias, 1.0, snr, 0.0, 0.0, 4000, len(rows)))
        write_table(
            file,
            "quantize",
            "tensor format scaling bias amax snr_db underflow_fraction overflow_fraction elements run",
            rows,
        )
    return path


def make_formats(path: Path) -> Path:
    """A file of `octavo run formats`: curves of two formats and of int8, and sources with outliers."""
    fixture = Fixture("llama", 2)
    fixture.names = []
    rows = []
    for source, shift in (("gaussian", 0), ("student-t", 1), ("activations", 3), ("weights mlp.up", 2)):
        for format_, peak, width in (("e4m3", 31.5, 9), ("e5m2", 25.5, 16), ("int8", 40.0, 0)):
            for bias in range(-20, 21):
                snr = max(0.0, peak - 6.0 * max(0, abs(bias - shift) - width))
                rows.append((source, format_, "cscale", bias, snr, snr, 0.0, 0.0, 4000))
            rows.append((source, format_, "amax", shift, peak, peak, 0.0, 0.0, 4000))
            rows.append((source, format_, "current", shift, peak, peak, 0.0, 0.0, 4000))
    for sigma in (10, 100):
        for format_, scaling, loss in (
            ("e4m3", "amax", 0),
            ("int8", "amax", 3),
            ("int8", "current", 2),
            ("mxint8", "mx", 1),
        ):
            snr = 31.5 - loss * np.log10(sigma) * 5
            rows.append((f"gaussian, outliers of {sigma}", format_, scaling, 0, 30.0, snr, 0.0, 0.0, 4000))
    with h5py.File(path, "w") as file:
        write_frame(file, "formats", fixture, {})
        file.create_group("runs")
        write_table(
            file,
            "formats",
            "source format scaling bias snr_db others_snr_db underflow_fraction overflow_fraction elements",
            rows,
        )
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_run.py OUT.h5")
    make_sweep(Path(sys.argv[1]))
