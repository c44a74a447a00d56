"""The tensors and casts of an octavo quantize file: what its figures have in common."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .errors import Lacks
from .read import Run

MOST_TENSORS = 100  # in one figure
LONGEST = 48  # characters of a name beside an axis


@dataclass(frozen=True)
class Quantized:
    """The rows of /tables/quantize, with the tensors and casts in their order, each cast as "format, scaling"."""

    frame: pd.DataFrame
    tensors: list[str]
    casts: list[str]
    total: int  # tensors of the file

    @property
    def left_out(self) -> str:
        shown = len(self.tensors)
        return "" if shown == self.total else f" The first {shown} of {self.total} tensors."

    def labels(self) -> list[str]:
        return [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in self.tensors]


def quantized(run: Run) -> Quantized:
    """Raises Lacks where the file has no such table."""
    if run.quantize is None or run.quantize.empty:
        raise Lacks("it has no table 'quantize'; octavo quantize --out writes one")
    frame = run.quantize.assign(cast=run.quantize.format + ", " + run.quantize.scaling)
    names = list(dict.fromkeys(frame.tensor))
    kept = names[:MOST_TENSORS]
    frame = frame[frame.tensor.isin(kept)]
    return Quantized(frame, kept, list(dict.fromkeys(frame.cast)), len(names))
