"""Files of schema version 1 read as if they were of version 2: the columns that they lack, from those that they have.

Verdicts follow from the errors that version 1 holds, by the rules of docs/hdf5-schema.md; its intervals, which took
what is undecided for what holds, are found again by loss. How a point compares with AMAX token by token is not in its
tables, and stays unknown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

VERSIONS = (1, 2)
LOSS_LIMIT = 0.02  # nats a token: docs/hdf5-schema.md, verdicts
ACCURACY_LIMIT = 0.995  # of the baseline's
ERRORS = 2.0
LARGEST_OF_STUDIES = 8  # the search of /tables/bias_intervals ends there

_NO_BIAS = -2147483648
_NO_ESTIMATE = -1  # of tokens that would decide
_MOST_TOKENS = 1e15
_COMPARISON = ("verdict_loss", "verdict_accuracy", "verdict", "tokens_to_decide")
_AMAX = (
    "amax_relative_accuracy",
    "amax_relative_accuracy_se",
    "amax_loss_increase",
    "amax_loss_increase_se",
    "amax_verdict_loss",
    "amax_verdict_accuracy",
    "amax_verdict",
    "amax_tokens_to_decide",
)
_OPEN = ("open_below", "open_above", "undecided")

# Columns of tables.py that a file of version 1 has not.
MISSING_IN_1 = {
    "sweep": ("weight_bias", "activation_bias", "criterion", *_COMPARISON, *_AMAX),
    "interval": ("reference", "criterion", *_OPEN, "tokens_to_decide"),
    "outcomes": _COMPARISON,
    "bias_intervals": _OPEN,
}


def upgraded(tables: dict[str, pd.DataFrame | None], columns: dict[str, dict]) -> dict[str, pd.DataFrame | None]:
    """The tables of a file of version 1 with the columns of version 2, in their order."""
    tables = dict(tables)
    if tables.get("sweep") is not None:
        tables["sweep"] = _sweep(tables["sweep"])
        if tables.get("interval") is not None:
            tables["interval"] = _intervals(tables["interval"], tables["sweep"])
    if tables.get("outcomes") is not None:
        tables["outcomes"] = _judged(tables["outcomes"], "accuracy", tables["outcomes"].stopped != "")
    if tables.get("bias_intervals") is not None:
        frame = tables["bias_intervals"]
        found = frame.biases > 0
        tables["bias_intervals"] = frame.assign(
            open_below=(found & (frame.first_bias == -LARGEST_OF_STUDIES)).astype(int),
            open_above=(found & (frame.last_bias == LARGEST_OF_STUDIES)).astype(int),
            undecided=0,
        )
    return {
        name: frame if frame is None else frame.reindex(columns=list(columns[name])) for name, frame in tables.items()
    }


def verdict_by_loss(increase, error, failed) -> np.ndarray:
    """holds, fails or undecided; `failed`: where the loss is not finite."""
    return _verdict(increase + ERRORS * error <= LOSS_LIMIT, increase - ERRORS * error > LOSS_LIMIT, failed)


def verdict_by_accuracy(share, error, failed) -> np.ndarray:
    return _verdict(share - ERRORS * error >= ACCURACY_LIMIT, share + ERRORS * error < ACCURACY_LIMIT, failed)


def _verdict(holds, fails, failed) -> np.ndarray:
    return np.where(failed, "fails", np.where(holds, "holds", np.where(fails, "fails", "undecided")))


def _judged(frame: pd.DataFrame, criterion: str, stopped=False) -> pd.DataFrame:
    failed = ~np.isfinite(frame.loss) | stopped
    by_loss = verdict_by_loss(frame.loss_increase, frame.loss_increase_se, failed)
    by_accuracy = verdict_by_accuracy(frame.relative_accuracy, frame.relative_accuracy_se, failed)
    verdict = by_loss if criterion == "loss" else by_accuracy
    value, limit = ("loss_increase", LOSS_LIMIT) if criterion == "loss" else ("relative_accuracy", ACCURACY_LIMIT)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = ERRORS * frame[value + "_se"] / (frame[value] - limit)
        tokens = np.ceil(frame["tokens" if "tokens" in frame else "scored"] * ratio**2)
    tokens = np.where(np.nan_to_num(tokens, nan=np.inf) <= _MOST_TOKENS, tokens, _NO_ESTIMATE)
    return frame.assign(
        verdict_loss=by_loss,
        verdict_accuracy=by_accuracy,
        verdict=verdict,
        tokens_to_decide=np.where(verdict == "undecided", tokens, 0).astype(int),
    )


def _sweep(frame: pd.DataFrame) -> pd.DataFrame:
    frame = _judged(frame, "loss").assign(
        criterion="loss",
        weight_bias=frame.bias.where(frame.role != "activation", _NO_BIAS),
        activation_bias=frame.bias.where(frame.role != "weight", _NO_BIAS),
    )
    texts = {name: "" for name in _AMAX if "verdict" in name}
    return frame.assign(**{name: np.nan for name in _AMAX if name not in texts}, **texts)


def _intervals(frame: pd.DataFrame, sweep: pd.DataFrame) -> pd.DataFrame:
    """The longest run that holds by loss for each row of version 1, the lower among equals."""
    rows = []
    for row in frame.to_dict("records"):
        own = (sweep.scope == row["scope"]) & (sweep.target == row["target"]) & (sweep.role == row["role"])
        points = sweep[own & (sweep.policy == "cscale")].sort_values("bias")
        biases, holds = list(points.bias), list(points.verdict == "holds")
        best, length = (0, 0), 0
        for place, held in enumerate(holds):
            length = length + 1 if held else 0
            if length > best[1]:
                best = (biases[place] - length + 1, length)
        first, length = best
        undecided = points.tokens_to_decide[points.verdict == "undecided"]
        row |= {
            "reference": "baseline",
            "criterion": "loss",
            "first_bias": first,
            "last_bias": first + length - 1 if length else 0,
            "biases": length,
            "open_below": int(length > 0 and first == biases[0]),
            "open_above": int(length > 0 and first + length - 1 == biases[-1]),
            "undecided": len(undecided),
            "tokens_to_decide": int(undecided.max()) if len(undecided) else 0,
        }
        rows.append(row)
    return pd.DataFrame(rows)
