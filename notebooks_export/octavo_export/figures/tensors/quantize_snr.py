"""Which tensor survives which cast: the signal-to-noise ratio by tensor, format and scaling, as a map with numbers."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ...quantized import quantized
from ...read import Run
from ...style import Sheet

SHOWS = "signal-to-noise ratio by tensor, format and scaling"
_COLUMN, _ROW = 0.62, 0.17  # inches
_LONG = 10  # characters that a column is wide enough for


def draw(run: Run) -> Figure:
    found = quantized(run)
    grid = np.full((len(found.tensors), len(found.casts)), np.nan)
    for row in found.frame.itertuples():
        grid[found.tensors.index(row.tensor), found.casts.index(row.cast)] = row.snr_db
    finite = np.where(np.isfinite(grid), grid, np.nan)
    subtitle = "10 log10(Σx² / Σ(x − x8)²) in dB over finite elements; ∞: the cast is exact." + found.left_out
    names = max(len(name) for name in found.labels())
    width = max(6.0, 1.4 + 0.062 * names + _COLUMN * len(found.casts))
    sheet = Sheet(run, "What casts leave of each tensor", subtitle, width, 1.5 + _ROW * len(found.tensors))
    axes = sheet.figure.subplots()
    low, high = (np.nanmin(finite), np.nanmax(finite)) if np.isfinite(finite).any() else (0.0, 1.0)
    image = axes.imshow(finite, aspect="auto", cmap="viridis", vmin=low, vmax=max(high, low + 1e-9))
    axes.grid(False)
    for (row, column), value in np.ndenumerate(grid):
        if np.isnan(value):
            continue
        dark = np.isfinite(value) and value < (low + high) / 2
        shown = f"{value:.1f}" if np.isfinite(value) else ("∞" if value > 0 else "−∞")
        axes.text(column, row, shown.replace("-", "−"), ha="center", va="center", size=6.0, color="white" if dark else "black")
    labels = [cast.replace(", ", "\n") for cast in found.casts]
    upright = max(len(line) for label in labels for line in label.split("\n")) > _LONG
    axes.set_xticks(range(len(labels)), labels, rotation=90 if upright else 0)
    axes.set_yticks(range(len(found.tensors)), found.labels())
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_parse_math(False)
    bar = sheet.figure.colorbar(image, ax=axes, pad=0.01, aspect=30)
    bar.set_label("SNR (dB)")
    bar.outline.set_linewidth(0.5)
    return sheet.figure
