"""Signal-to-noise ratio of the 8-bit cast by decoder and kind of linear layer, weights beside activations."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ...bias_axes import on_edge
from ...measured import by_decoder, decoder_rows, decoders
from ...read import Run
from ...style import PLURAL, Sheet, kind_legend, kind_look, kind_order

SHOWS = "signal-to-noise ratio of the cast by decoder and kind"


def draw(run: Run) -> Figure:
    found = decoders(run)
    kinds = kind_order(found.frame.kind[found.frame.layer >= 0])
    exact = bool(np.isposinf(found.frame.snr_db).any())
    subtitle = f"10 log10(Σx² / Σ(x − x8)²) of each tensor under {found.how}, over all micro-batches."
    if exact:
        subtitle += " A mark on the upper edge: the cast is exact."
    sheet = Sheet(
        run,
        "Signal-to-noise ratio of the cast by decoder",
        subtitle,
        max(6.0, 4.8 * len(found.roles)),
        3.0,
        kind_legend(kinds),
    )
    panels = sheet.figure.subplots(1, len(found.roles), squeeze=False, sharey=True)[0]
    for axes, role in zip(panels, found.roles):
        for kind in kinds:
            rows = decoder_rows(found, role, kind)
            look = kind_look(kind, found.many)
            axes.plot(rows.layer, rows.snr_db.where(np.isfinite(rows.snr_db)), **look)
            on_edge(
                axes,
                rows.layer[np.isposinf(rows.snr_db)],
                color=look["color"],
                marker=look["marker"],
                markersize=look["markersize"],
            )
        axes.set_title(PLURAL[role], loc="left")
        by_decoder(axes, found)
    panels[0].set_ylabel("SNR (dB)")
    return sheet.figure
