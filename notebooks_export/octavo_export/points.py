"""The points of a sweep, series by series: what is under test, its constant biases, and what to compare them with."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .errors import Lacks as Lacks
from .read import MOST_LAYERS, Run
from .style import PLURAL, kind_order, signed


@dataclass(frozen=True)
class Series:
    """One (scope, target, role): its CSCALE points by ascending bias, AMAX and baseline rows, the intervals that hold
    and that are as good as AMAX."""

    scope: str
    target: str
    role: str
    points: pd.DataFrame
    amax: pd.Series | None
    baseline: pd.Series | None
    interval: pd.Series | None
    as_amax: pd.Series | None = None

    @property
    def by(self) -> str:
        """What the verdicts are by, loss or accuracy."""
        return str(self.points.criterion.iloc[0])

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
                _interval(run.interval, scope, target, role, "baseline"),
                _interval(run.interval, scope, target, role, "amax"),
            )
        )
    order = kind_order(item.target for item in found)
    return sorted(found, key=lambda item: (item.layer if item.layer is not None else -1, order.index(item.target)))


def grid(run: Run) -> pd.DataFrame:
    """The points of a grid of weight and activation biases. Raises Lacks where there is none."""
    if run.sweep is None:
        raise Lacks("it has no table 'sweep'; octavo sweep writes one")
    rows = run.sweep[(run.sweep.policy == "cscale") & run.sweep.bias.isna()]
    if rows.empty:
        raise Lacks("it has no grid of biases; octavo sweep --weight-bias A:B --activation-bias C:D writes one")
    return rows


def interval_words(interval: pd.Series | None) -> str:
    """Where an interval lies: "from −3 to 7 (at least 11 biases)", or "nowhere", and what is undecided."""
    if interval is None:
        return "unknown"
    words = "nowhere"
    if interval.biases > 0:
        first, last, number = (signed(int(interval[name])) for name in ("first_bias", "last_bias", "biases"))
        least = "at least " if interval.open_below or interval.open_above else ""
        words = f"from {first} to {last} ({least}{number} bias{'es' if interval.biases > 1 else ''})"
    if interval.undecided > 0:
        words += f", {int(interval.undecided)} undecided"
        if interval.tokens_to_decide > 0:
            words += f" (about {int(interval.tokens_to_decide):,} tokens would decide)"
    return words


def title_of(item: Series) -> str:
    return item.target or PLURAL.get(item.role, item.role)


def _reference(sweep: pd.DataFrame, policy: str, scope: str, target: str) -> pd.Series | None:
    """The series' own row of this policy; else the whole model's, for outside the target the recipe holds anyway."""
    rows = sweep[sweep.policy == policy]
    own = rows[(rows.scope == scope) & (rows.target == target)]
    rows = own if len(own) else rows[rows.scope == "model"]
    return rows.iloc[0] if len(rows) else None


def _interval(interval: pd.DataFrame | None, scope: str, target: str, role: str, reference: str) -> pd.Series | None:
    if interval is None:
        return None
    own = (interval.scope == scope) & (interval.target == target) & (interval.role == role)
    rows = interval[own & (interval.reference == reference)]
    return rows.iloc[0] if len(rows) else None
