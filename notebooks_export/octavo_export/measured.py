"""Which point of a file stands for its tensors: the AMAX point of a sweep, the recipe's of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .errors import one_line
from .points import Lacks
from .read import Run
from .style import ROLES, whole_ticks


_MANY = 24  # decoders beyond which marks would touch


@dataclass(frozen=True)
class Measured:
    """The tensors of one point (`frame`, rows as in its histograms), how they were scaled, and the roles among them."""

    point: int
    how: str
    frame: pd.DataFrame
    roles: list[str]

    @property
    def many(self) -> bool:
        return self.frame.layer.max() >= _MANY


def measured(run: Run) -> Measured:
    """The file's measured point. Raises Lacks where no point cast a tensor."""
    for policy, how in (
        ("amax", "FP8-AMAX"),
        ("recipe", f"recipe {one_line(run.recipe_name, 60)}"),
        ("quantize", "octavo quantize"),
    ):
        point = run.point(policy)
        if point is None:
            continue
        frame = run.tensors_of(point)
        roles = [role for role in ROLES if role in set(frame.role)]
        if roles:
            return Measured(point, how, frame, roles)
    raise Lacks(
        "it has no point with recorded tensors; octavo sweep records them, octavo eval under a recipe that casts"
    )


def decoders(run: Run) -> Measured:
    """The measured point of a model, to be drawn by decoder and kind. Raises Lacks where the tensors have neither."""
    found = measured(run)
    if not ((found.frame.layer >= 0) & (found.frame.kind != "")).any():
        raise Lacks("its tensors belong to no decoder; octavo sweep or octavo eval of a model records those")
    return found


def decoder_rows(found: Measured, role: str, kind: str) -> pd.DataFrame:
    """The rows of one role and kind by ascending decoder, their position in the histograms as index."""
    frame = found.frame
    return frame[(frame.role == role) & (frame.kind == kind) & (frame.layer >= 0)].sort_values("layer")


def by_decoder(axes, found: Measured) -> None:
    """Decoders along the x axis: whole numbers, one column each."""
    layers = found.frame.layer[found.frame.layer >= 0]
    axes.set_xlim(layers.min() - 0.6, layers.max() + 0.6)
    whole_ticks(axes.xaxis, 12)
    axes.set_xlabel("decoder")
