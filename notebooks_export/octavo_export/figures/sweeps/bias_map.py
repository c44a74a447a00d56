"""Loss over the biases of weights and activations, each constant, every pair of the two."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ... import heat_map
from ...points import grid
from ...read import Run
from ...style import Sheet, signed

SHOWS = "loss increase over the biases of weights and activations, every pair of the two"


def draw(run: Run) -> Figure:
    rows = grid(run)
    weights = range(int(rows.weight_bias.min()), int(rows.weight_bias.max()) + 1)
    activations = range(int(rows.activation_bias.min()), int(rows.activation_bias.max()) + 1)
    values = np.full((len(weights), len(activations)), np.nan)
    finite = rows.loss_increase.where(np.isfinite(rows.loss_increase), np.inf)
    values[
        rows.weight_bias.to_numpy(dtype=int) - weights[0], rows.activation_bias.to_numpy(dtype=int) - activations[0]
    ] = finite
    amax = run.sweep[run.sweep.policy == "amax"]
    increase = float(amax.loss_increase.iloc[0]) if len(amax) else np.nan
    by = str(rows.criterion.iloc[0])
    width = max(5.5, min(9.0, 2.4 + 0.3 * len(activations)))
    height = 0.9 + 0.24 * max(8, min(len(weights), 30))
    legend = heat_map.legend([values], set(rows.verdict), by)
    norm = heat_map.norm_of([values])
    subtitle = _subtitle(rows, by)
    if np.isfinite(increase):
        subtitle += f" AMAX: {increase:+.4f} ({heat_map.where_on_scale(norm, increase)})."
    sheet = Sheet(run, "Loss increase by weight and activation bias", subtitle, width, height, legend)
    axes = sheet.figure.subplots()
    image = heat_map.heat(axes, values, activations, weights, norm)
    for verdict in heat_map.MARKS:
        chosen = rows[rows.verdict == verdict]
        heat_map.mark(axes, verdict, chosen.activation_bias.astype(int), chosen.weight_bias.astype(int), 3.6)
    axes.set_xlabel("bias of activations")
    axes.set_ylabel("bias of weights")
    heat_map.scale(sheet.figure, image, [axes], increase)
    return sheet.figure


def _subtitle(rows: pd.DataFrame, by: str) -> str:
    counts = rows.verdict.value_counts()
    words = f"Of {len(rows)} pairs {counts.get('holds', 0)} hold and {counts.get('undecided', 0)} are undecided, by {by}; "
    words += f"{(rows.amax_verdict == 'holds').sum()} are as good as AMAX."
    finite = rows[np.isfinite(rows.loss)]
    if len(finite):
        best = finite.loc[finite.loss.idxmin()]
        words += f" The least loss is at {signed(int(best.weight_bias))} for weights and "
        words += f"{signed(int(best.activation_bias))} for activations: {best.loss_increase:+.4f} nats/token."
    return words
