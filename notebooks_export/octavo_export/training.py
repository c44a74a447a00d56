"""A training run as frames: its metrics by step, and what its casts did at the recorded steps."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .errors import Lacks
from .read import Run

METRICS = (
    "loss",
    "gradient_norm",
    "learning_rate",
    "loss_scale",
    "skipped",
    "validation_loss",
    "validation_accuracy",
    "schedule_steps",
)


def metrics(run: Run) -> dict[str, pd.Series]:
    """The metrics of a training run that the file has, by name: values by step. Raises Lacks for another run."""
    if run.experiment != "train":
        raise Lacks("it is of no training; octavo train writes losses and rates by step")
    return {name: values for name in METRICS if len(values := run.metric(0, name))}


def traces(run: Run) -> pd.DataFrame:
    """A row a tensor and recorded step: step, name, layer, kind, role and the measurements. Raises Lacks where the run
    is no training, or recorded nothing."""
    metrics(run)
    frame = run.traces(0)
    if frame.empty:
        raise Lacks(
            "it has no recorded tensors; octavo train records them under a recipe that casts, with [output] record_every"
        )
    return frame


def ending(run: Run) -> str:
    """Why the training ended early, as a sentence; empty if it did not."""
    stopped = str(run.stopped(0))
    return f" It ended early: {stopped}." if stopped else ""


def finite(values: pd.Series) -> pd.Series:
    """The values that a line can show, nothing where it has to break."""
    return values.where(np.isfinite(values) & (values.abs() < 1e300))
