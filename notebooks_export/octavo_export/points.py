"""The points of a sweep, series by series: what is under test, its constant biases, and what to compare them with."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .errors import Lacks as Lacks
from .read import MOST_LAYERS, Run
from .style import PLURAL, kind_order


@dataclass(frozen=True)
class Series:
    """One (scope, target, role): its CSCALE points by ascending bias, AMAX and baseline rows, interval row."""

    scope: str
    target: str
    role: str
    points: pd.DataFrame
    amax: pd.Series | None
    baseline: pd.Series | None
    interval: pd.Series | None

    @property
    def layer(self) -> int | None:
        """The decoder's number of a target `decoder.<n>`, None for any other target."""
        head, _, number = self.target.partition(".")
        return (
            int(number)
            if head == "decoder" and number.isdecimal() and len(number) < 6 and int(number) < MOST_LAYERS
            else None
        )


def series(run: Run, scope: str) -> list[Series]:
    """The series of a scope (`model`, `kind`, `layer`) in the order of a decoder. Raises Lacks where there is none."""
    if run.sweep is None:
        raise Lacks("it has no table 'sweep'; octavo sweep writes one")
    swept = run.sweep[(run.sweep.policy == "cscale") & run.sweep.bias.notna()]
    chosen = swept[swept.scope == scope]
    if chosen.empty:
        have = ", ".join(sorted(set(swept.scope))) or "none"
        raise Lacks(
            f"it has no constant-bias points of scope '{scope}' (scopes: {have}); octavo sweep --by {scope} writes them"
        )
    found = []
    for (target, role), points in chosen.groupby(["target", "role"], sort=False):
        found.append(
            Series(
                scope,
                target,
                role,
                points.sort_values("bias"),
                _reference(run.sweep, "amax", scope, target),
                _reference(run.sweep, "baseline", scope, target),
                _interval(run.interval, scope, target, role),
            )
        )
    order = kind_order(item.target for item in found)
    return sorted(found, key=lambda item: (item.layer if item.layer is not None else -1, order.index(item.target)))


def title_of(item: Series) -> str:
    return item.target or PLURAL.get(item.role, item.role)


def _reference(sweep: pd.DataFrame, policy: str, scope: str, target: str) -> pd.Series | None:
    """The series' own row of this policy; else the whole model's, for outside the target the recipe holds anyway."""
    rows = sweep[sweep.policy == policy]
    own = rows[(rows.scope == scope) & (rows.target == target)]
    rows = own if len(own) else rows[rows.scope == "model"]
    return rows.iloc[0] if len(rows) else None


def _interval(interval: pd.DataFrame | None, scope: str, target: str, role: str) -> pd.Series | None:
    if interval is None:
        return None
    rows = interval[(interval.scope == scope) & (interval.target == target) & (interval.role == role)]
    return rows.iloc[0] if len(rows) else None
