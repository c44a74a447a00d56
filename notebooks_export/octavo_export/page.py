"""One self-contained HTML page about a run file: its figures, the sweep's table and intervals, and what produced it."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Callable

import pandas as pd

from . import figures, training
from .read import Run
from .style import png, signed

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1c1c1c; background: #fff; }
body { max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
figure { margin: 1.2rem 0 2rem; } figure img { width: 100%; height: auto; }
figcaption, .quiet { color: #555; font-size: .9rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #e4e4e4; text-align: right; white-space: nowrap; }
th { border-bottom: 1.5px solid #888; } .text { text-align: left; }
td.any { white-space: normal; overflow-wrap: anywhere; }
tr.holds { background: #e0f3ec; }
pre { background: #f5f5f5; padding: .8rem; overflow-x: auto; font-size: .85rem; } summary { cursor: pointer; }
"""
_STEPS = 20  # of a training, in the page's table
_PROVENANCE = (
    "experiment",
    "command",
    "model_name",
    "model_family",
    "model_layers",
    "model_parameters",
    "model_bytes",
    "model_header_sha256",
    "text_name",
    "text_bytes",
    "text_sha256",
    "tokens",
    "context",
    "batch",
    "engine",
    "seed",
    "program_version",
    "git_commit",
    "compiler",
    "compiler_flags",
    "fingerprint",
    "schema",
    "schema_version",
)


def page(run: Run) -> str:
    """The page as one string that refers to nothing outside itself. Texts from the file are escaped."""
    model = _safe(run.attributes.get("model_name", "?") or "Synthetic data")
    parts = [f"<h1>{model} in 8 bits</h1>", f'<p class="quiet">{_safe(_measured(run))}</p>']
    if run.interval is not None:
        parts += ["<h2>Where a constant bias holds</h2>", _intervals(run)]
    if run.claims is not None:
        parts += ["<h2>Claims</h2>", _table(run.claims, _CLAIMS)]
    parts.append("<h2>Figures</h2>")
    for name, figure in figures.drawable(run).items():
        shows = _safe(figures.CATALOGUE[name].SHOWS)
        picture = base64.b64encode(png(figure)).decode("ascii")
        image = f'<img alt="{shows}" src="data:image/png;base64,{picture}">'
        parts.append(f'<figure id="{name}">{image}<figcaption>{shows}</figcaption></figure>')
    if run.sweep is not None:
        parts += ["<h2>Points</h2>", _sweep(run)]
    if run.eval is not None:
        parts += ["<h2>Recipes</h2>", _table(run.eval, _EVAL)]
    if run.engines is not None:
        parts += ["<h2>Engines</h2>", f'<p class="quiet">{_ENGINES_RULE}</p>', _table(run.engines, _ENGINES)]
    if run.quantize is not None:
        parts += ["<h2>Tensors</h2>", _table(run.quantize, _QUANTIZE)]
    if run.experiment == "train":
        parts += ["<h2>Steps</h2>", _steps(run)]
    parts += [
        "<h2>Provenance</h2>",
        _provenance(run),
        f"<h2>Recipe {_safe(run.recipe_name)}</h2>",
        f"<pre>{_safe(run.recipe)}</pre>",
    ]
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head += f"<title>{model} in 8 bits</title><style>{_STYLE}</style>"
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _safe(value: object) -> str:
    return html.escape(str(value))


def _number(digits: int) -> Callable[[float], str]:
    return lambda value: f"{value:.{digits}f}".replace("-", "−") if math.isfinite(value) else str(value)


def _whole(value) -> str:
    return "" if pd.isna(value) else signed(value)


_SWEEP = {
    "policy": str,
    "bias": _whole,
    "weight_bias": _whole,
    "activation_bias": _whole,
    "loss": _number(4),
    "perplexity": _number(3),
    "accuracy": _number(4),
    "relative_accuracy": _number(4),
    "relative_accuracy_se": _number(4),
    "loss_increase": _number(4),
    "loss_increase_se": _number(4),
    "verdict_loss": str,
    "verdict_accuracy": str,
    "amax_verdict": str,
}
_WITH_TARGET = {"scope": str, "target": str, **_SWEEP}
_INTERVAL = {
    "scope": str,
    "target": str,
    "role": str,
    "reference": str,
    "criterion": str,
    "first_bias": _whole,
    "last_bias": _whole,
    "biases": str,
    "undecided": str,
    "amax_bias_min": _whole,
}
_QUANTIZE = {
    "tensor": str,
    "format": str,
    "scaling": str,
    "bias": _whole,
    "amax": lambda value: f"{value:.6g}",
    "snr_db": _number(2),
    "underflow_fraction": lambda value: f"{value:.3g}",
    "overflow_fraction": lambda value: f"{value:.3g}",
    "elements": str,
}

_EVAL = {
    "recipe": str,
    "baseline": str,
    "loss": _number(4),
    "perplexity": _number(3),
    "accuracy": _number(4),
    "loss_increase": _number(4),
    "loss_increase_se": _number(4),
    "relative_accuracy": _number(4),
    "relative_accuracy_se": _number(4),
    "kl": _number(5),
    "top1_agreement": _number(4),
    "verdict_loss": str,
    "verdict_accuracy": str,
    "first_loss_increase": _number(4),
    "first_loss_increase_se": _number(4),
}
_ENGINES = {"recipe": str, "engine": str, "share": _number(4), "product": str}
_ENGINES_RULE = "Shares of the multiply-adds of the linear layers and the head; a point without casts is computed in fp32."

_CLAIMS = {
    "shown": lambda value: "shown" if value else "not shown",
    "item": str,
    "claim": str,
    "criterion": str,
    "found": str,
}


def _table(frame: pd.DataFrame, columns: dict[str, Callable], holds=None) -> str:
    """The columns of a frame, each through its formatter; rows whose position is in `holds` are shaded."""
    sides = {name: ' class="text"' if shown is str and name not in ("biases", "undecided") else "" for name, shown in columns.items()}
    head = "".join(f"<th{sides[name]}>{_safe(name.replace('_', ' '))}</th>" for name in columns)
    rows = []
    for place, row in enumerate(frame[list(columns)].itertuples(index=False)):
        cells = "".join(f"<td{sides[name]}>{_safe(columns[name](value))}</td>" for name, value in zip(columns, row))
        rows.append(f"<tr{' class=holds' if holds is not None and holds[place] else ''}>{cells}</tr>")
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _measured(run: Run) -> str:
    have = run.attributes
    words = f"octavo {have.get('experiment', '')} under recipe {run.recipe_name}"
    if have.get("text_name"):
        words += f" on {have.get('tokens', '?')} tokens of {have['text_name']}, windows of {have.get('context', '?')}"
    return words + f"; engine {run.engine}."


def _intervals(run: Run) -> str:
    rule = (
        "The longest run of consecutive biases that hold against the baseline or against AMAX: by loss, increase plus "
        "two standard errors at most 0.02 nats a token; by accuracy, relative accuracy minus two standard errors at "
        "least 0.995. At least so many where the sweep ends with them. Undecided: swept biases that more tokens would "
        "have to decide. The smallest AMAX bias is that of the tensors under test."
    )
    frame = run.interval.astype({"first_bias": "Int64", "last_bias": "Int64"})
    frame.loc[frame.biases == 0, ["first_bias", "last_bias"]] = pd.NA
    is_open = (frame.open_below + frame.open_above > 0).map({True: "at least ", False: ""})
    frame["biases"] = is_open + frame.biases.astype(str)
    return f'<p class="quiet">{rule}</p>' + _table(frame, _INTERVAL)


def _sweep(run: Run) -> str:
    """The whole-model points in sight, those by kind and layer folded away; points in the interval are shaded."""
    whole = run.sweep.scope == "model"
    shown = _table(run.sweep[whole], _SWEEP, _holds(run.sweep[whole]))
    rest = run.sweep[~whole]
    if len(rest):
        folded = _table(rest, _WITH_TARGET, _holds(rest))
        shown += f"<details><summary>{len(rest)} points by kind and layer</summary>{folded}</details>"
    legend = (
        "Loss in nats a token; standard errors (se) are paired by token with the baseline. Shaded: holds."
    )
    return f'<p class="quiet">{legend}</p>{shown}'


def _holds(points: pd.DataFrame) -> list[bool]:
    return list((points.policy == "cscale") & (points.verdict == "holds"))


def _steps(run: Run) -> str:
    """The metrics of a training at no more than so many steps, the last among them, and why it ended early."""
    have = training.metrics(run)
    steps = sorted(set().union(*(values.index for values in have.values())))
    chosen = {steps[place * (len(steps) - 1) // max(1, _STEPS - 1)] for place in range(_STEPS)} if steps else set()
    rows = {step: [f"{values[step]:.6g}" if step in values.index else "" for values in have.values()] for step in sorted(chosen)}
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(have)).reset_index(names="step")
    legend = f"{len(chosen)} of {len(steps)} steps; the file, and the .jsonl beside it, have all.{training.ending(run)}"
    return f'<p class="quiet">{_safe(legend)}</p>' + _table(frame, dict.fromkeys(frame.columns, lambda value: value))


def _provenance(run: Run) -> str:
    names = [name for name in _PROVENANCE if name in run.attributes]
    names += sorted(name for name in run.attributes if name not in _PROVENANCE)
    rows = "".join(
        f'<tr><th class="text">{_safe(name)}</th><td class="text any">{_safe(run.attributes[name])}</td></tr>'
        for name in names
    )
    return f'<div class="wide"><table><tbody>{rows}</tbody></table></div>'
