"""A training by step: loss and held-out loss, norm of the gradients, learning rate, loss scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...bias_axes import on_edge
from ...errors import one_line
from ...read import Run
from ...style import BLUE, GREEN, GREY, ORANGE, VERMILLION, Sheet, log_axis, whole_ticks
from ...training import ending, finite, metrics

SHOWS = "loss, held-out loss, gradient norm, learning rate and loss scale while a model trains"

_LOSS, _HELD_OUT = {"color": BLUE, "linewidth": 1.0}, {"color": ORANGE, "linewidth": 1.0, "marker": "o", "markersize": 3.2}
_SKIPPED = {"color": VERMILLION, "marker": "x", "markersize": 4}
_CHANGE = {"color": GREY, "linewidth": 0.8, "linestyle": ":"}
_FEW = 30  # steps up to which each is a dot


def draw(run: Run) -> Figure:
    have = metrics(run)
    skipped = have.get("skipped", pd.Series(dtype=float))
    skipped = skipped.index[skipped > 0]
    changes = _changes(have)
    sheet = Sheet(run, _title(run), _subtitle(run, have, changes), 8.0, 4.6, _legend(have, len(skipped) > 0, bool(changes)))
    (loss, norm), (rate, scale) = sheet.figure.subplots(2, 2, sharex=True)
    _line(loss, have.get("loss"), **_LOSS)
    _line(loss, have.get("validation_loss"), **_HELD_OUT)
    loss.set_title("Loss (nats a token)", loc="left")
    _line(norm, have.get("gradient_norm"), color=GREEN, linewidth=1.0)
    norm.set_title("Norm of the gradients", loc="left")
    _logarithmic(norm, have.get("gradient_norm"))
    _line(rate, have.get("learning_rate"), color=BLUE, linewidth=1.0)
    rate.set_title("Learning rate", loc="left")
    rate.set_ylim(bottom=0.0)
    if "loss_scale" in have:
        _line(scale, have["loss_scale"].where(have["loss_scale"] > 0).map(np.log2), color=BLUE, linewidth=1.0)
    on_edge(scale, skipped, **_SKIPPED)
    scale.set_title("log2 of the loss scale", loc="left")
    whole_ticks(scale.yaxis, 7)
    for axes in (loss, norm, rate, scale):
        for step in changes:
            axes.axvline(step, **_CHANGE)
    for axes in (rate, scale):
        axes.set_xlabel("step")
        whole_ticks(axes.xaxis, 8)
    return sheet.figure


def _title(run: Run) -> str:
    return f"Training: {one_line(run.attributes.get('model_name', '?'), 60)} under {one_line(run.recipe_name, 60)}"


def _changes(have: dict[str, pd.Series]) -> dict[int, int]:
    """Steps at which the schedule got another length, and that length."""
    lengths = have.get("schedule_steps", pd.Series(dtype=float))
    return {int(step): int(length) for step, length in list(lengths.items())[1:] if np.isfinite(length)}


def _subtitle(run: Run, have: dict[str, pd.Series], changes: dict[int, int]) -> str:
    told = "The loss of a step is that before its update; the norm is of the unscaled gradients, before clipping."
    for name, words in (("loss", "loss"), ("validation_loss", "held-out loss"), ("validation_accuracy", "held-out accuracy")):
        if name in have:
            told += f" Last {words}: {have[name].iloc[-1]:.4f}."
    for step, length in changes.items():
        told += f" From step {step} on the cosine is that of {length} steps."
    return told + ending(run)


def _legend(have: dict[str, pd.Series], skipped: bool, changed: bool) -> list:
    entries = [(Line2D([], [], **_LOSS), "training loss")]
    if "validation_loss" in have:
        entries.append((Line2D([], [], **_HELD_OUT), "held-out loss"))
    if skipped:
        entries.append((Line2D([], [], linestyle="", **_SKIPPED), "skipped: a gradient was not finite"))
    if changed:
        entries.append((Line2D([], [], **_CHANGE), "another schedule from here"))
    return entries


def _line(axes: Axes, values: pd.Series | None, **look) -> None:
    """The values by step, those that are not finite as marks on the upper edge."""
    if values is None:
        return
    if len(values) <= _FEW:
        look = {"marker": ".", "markersize": 3, **look}
    axes.plot(values.index, finite(values), **look)
    on_edge(axes, values.index[~np.isfinite(values)], color=look["color"], marker="x", markersize=4)


def _logarithmic(axes: Axes, values: pd.Series | None) -> None:
    if values is not None and (finite(values) > 0).any():
        log_axis(axes)
