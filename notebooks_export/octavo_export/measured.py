"""Which point of a file stands for its tensors: the AMAX point of a sweep, the recipe's of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

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
    """The file's measured point, what it cast of its tensors. Raises Lacks where no point cast a tensor."""
    for found in _points(run):
        frame = found.frame[found.frame.cast != 0]
        roles = [role for role in ROLES if role in set(frame.role)]
        if roles:
            return replace(found, frame=frame, roles=roles)
    raise Lacks(
        "it has no point with tensors that were cast; octavo sweep records them, octavo eval under a recipe that casts"
    )


def recorded(run: Run) -> Measured:
    """The same point with all that it recorded, cast or not. Raises Lacks where nothing was recorded."""
    for found in _points(run):
        if found.roles:
            return found
    raise Lacks("it has no point with recorded tensors; octavo sweep and octavo eval --out record them")


def _points(run: Run) -> Iterator[Measured]:
    """The points that may stand for the file, the first that does first; of several recipes the first."""
    recipes = run.recipe_name.split(", ")
    of_several = f", the first of {len(recipes)}" if len(recipes) > 1 else ""
    for policy, how in (
        ("amax", "FP8-AMAX"),
        ("recipe", f"recipe {one_line(recipes[0], 60)}{of_several}"),
        ("quantize", "octavo quantize"),
        ("baseline", "no casts"),
    ):
        point = run.point(policy)
        if point is not None:
            frame = run.tensors_of(point)
            yield Measured(point, how, frame, [role for role in ROLES if role in set(frame.role)])


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
