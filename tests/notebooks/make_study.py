"""Writes synthetic files of the studies of `octavo run`: invented tables in the layout of docs/hdf5-schema.md."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from invented_model import Fixture
from run_layout import NO_BIAS, write_frame, write_table

MODELS = (("gpt-50k", 50000), ("gpt-200k", 200000))
KINDS = ("attention.qkv", "attention.out", "mlp.up", "mlp.down")
SEEDS = (1, 2)


def outcomes() -> list[tuple]:
    rows = []
    for (model, parameters), seed in ((model, seed) for model in MODELS for seed in SEEDS):
        policies = [("baseline", NO_BIAS, "fp16"), ("amax", NO_BIAS, "e4m3fnuz")]
        policies += [("cscale", bias, "e4m3fnuz") for bias in range(-8, 9)]
        for policy, bias, format_ in policies:
            lost = 0.0 if bias == NO_BIAS else 0.1 * max(0, abs(bias) - 3 - seed)
            common = ("next byte", "inference", model, parameters, seed, policy, bias, format_)
            verdict = "fails" if lost > 0.01 else "undecided" if bias == 3 else "holds"
            said = ("holds" if lost < 0.018 else "fails", verdict, verdict, 5000 * (verdict == "undecided"))
            rows.append((*common, 1.5 + lost, 0.6 - 0.1 * lost, 1 - lost, 0.002, lost, 0.001, *said, 4000, ""))
    return rows


def tensor_biases(steps: range) -> list[tuple]:
    roles = ("weight", "activation") if len(steps) == 1 else ("weight", "activation", "gradient")
    return [
        (model, 1, step, layer, kind, role, place + layer + 3 * number + step % 2 * (role == "gradient"), 1.5)
        for model, _ in MODELS
        for step in steps
        for layer in range(3)
        for place, kind in enumerate(KINDS)
        for number, role in enumerate(roles)
    ]


TABLES = {
    "outcomes": (
        "task stage model parameters seed policy bias format loss accuracy relative_accuracy relative_accuracy_se "
        "loss_increase loss_increase_se verdict_loss verdict_accuracy verdict tokens_to_decide scored stopped",
        outcomes(),
    ),
    "bias_intervals": (
        "task stage model parameters seed first_bias last_bias biases open_below open_above undecided amax_bias_min",
        [("next byte", "inference", *model, seed, -3 - seed, 3, 7 + seed, 0, 0, 1, 2) for model in MODELS for seed in SEEDS],
    ),
    "tensor_biases": ("model seed step layer kind role bias amax", tensor_biases(range(1))),
    "loss_curves": (
        "model seed policy step loss",
        [
            (model, seed, policy, step, 5.5 / (1 + 0.1 * step) + 0.01 * seed)
            for model, _ in MODELS
            for seed in SEEDS
            for policy in ("baseline", "amax")
            for step in range(40)
        ],
    ),
    "overflows": (
        "model margin_of margin product outputs overflowed share",
        [
            (model, margin_of, margin, product, 1000, 100 >> 2 * margin, (100 >> 2 * margin) / 1000)
            for model, _ in MODELS
            for margin_of in ("gradient", "all")
            for margin in range(9)
            for product in ("y", "dx", "dw")
        ],
    ),
    "loss_scales": (
        "model seed baseline engine loss_scale loss loss_increase stopped",
        [
            ("gpt-50k", seed, *kind, 2.0**scale, 2.5, 0.1 / (1 + scale) + 0.01 * seed, "")
            for seed in SEEDS
            for kind in (("fp32", "fp32"), ("fp16", "fp16-accumulate"))
            for scale in (0, 5, 10, 15)
        ],
    ),
    "lost_gradients": (
        "model seed baseline engine loss_scale derivatives flushed not_finite relative_error",
        [
            ("gpt-50k", seed, *kind, 2.0**scale, 1000, 500 >> scale, 0, 0.1)
            for seed in SEEDS
            for kind in (("fp32", "fp32"), ("fp16", "fp16-accumulate"))
            for scale in (0, 5, 10, 15)
        ],
    ),
    "claims": ("item claim criterion found shown", [("P1 T2", "a claim", "a criterion", "numbers", 1)]),
}


def make_study(path: Path, steps: range = range(1)) -> Path:
    """A file with every table, as no single study writes it; biases of the tensors over `steps`."""
    with h5py.File(path, "w") as file:
        names = {"model_name": "gpt-50k, gpt-200k", "model_layers": np.int64(0), "tokens": np.int64(0)}
        write_frame(file, "inference", Fixture("gpt", 2), names)
        for name in list(file["tensors"]):
            empty = np.zeros(0, file["tensors"][name].dtype)
            del file["tensors"][name]
            file["tensors"][name] = empty
        file.require_group("runs")
        for name, (columns, rows) in TABLES.items():
            write_table(file, name, columns, tensor_biases(steps) if name == "tensor_biases" else rows)
    return path
