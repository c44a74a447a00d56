"""AMAX scaling bias by decoder and kind of linear layer, weights beside activations (arXiv 2309.17224, Figure 6)."""

from __future__ import annotations

from matplotlib.figure import Figure

from ...measured import by_decoder, decoder_rows, decoders
from ...read import Run
from ...style import PLURAL, Sheet, apart, kind_legend, kind_look, kind_order, whole_ticks

SHOWS = "AMAX bias by decoder and kind, weights beside activations"


def draw(run: Run) -> Figure:
    found = decoders(run)
    kinds = kind_order(found.frame.kind[found.frame.layer >= 0])
    subtitle = f"Scaling bias under {found.how}; an activation's is the mode over micro-batches."
    subtitle += " Equal biases are drawn a little apart."
    sheet = Sheet(run, "Scaling bias by decoder", subtitle, max(6.0, 4.8 * len(found.roles)), 3.0, kind_legend(kinds))
    panels = sheet.figure.subplots(1, len(found.roles), squeeze=False, sharey=True)[0]
    for axes, role in zip(panels, found.roles):
        for place, kind in enumerate(kinds):
            rows = decoder_rows(found, role, kind)
            axes.plot(rows.layer, rows.bias + apart(place, len(kinds)), **kind_look(kind, found.many))
        axes.set_title(PLURAL[role], loc="left")
        by_decoder(axes, found)
    panels[0].set_ylabel("scaling bias b")
    whole_ticks(panels[0].yaxis, 12)
    return sheet.figure
