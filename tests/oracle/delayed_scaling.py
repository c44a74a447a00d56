#!/usr/bin/env python3
"""Transformer Engine's delayed scaling in NumPy, from recorded amaxes.

usage: delayed_scaling.py RUN.h5 [--roles ROLE ...] [--checkpoint TRAINING.safetensors ...]
       delayed_scaling.py --fixture FILE

RUN.h5 is a run of `octavo train` whose recipe casts by delayed scaling and that records every step (record_every = 1). For each
tensor of the roles (weight, activation, gradient; all that the recipe casts so) the scale of every step is computed from the
amaxes of the steps before it, and compared bit for bit with the one that the file says was used. Prints a line a role; exits with
status 1 if a scale differs.

The rule (transformer_engine/common/recipe/delayed_scaling.cu): the scale is 1 at first. What was cast enters the newest slot of
a history of `history` amaxes. Then amax = the largest of the history (fmaxf: NaN takes no part) or, under most_recent, the newest;
scale = (largest value of the format / 2^margin) / amax in binary32, the largest binary32 number where that is infinite, and the
scale that was where amax is zero, infinite or NaN. It serves the next pass.

The amax of a tensor with a NaN counts as NaN, with an infinity as infinite. Under advance = "step" the history takes one amax a
step, the largest of its micro-batches (NaN if one has a NaN); under "micro-batch" one a forward or backward pass. Octavo keeps
scales in [2^-127, the largest binary32 number]; smaller ones come up here neither.

RUN.h5 holds the largest amax of a step's micro-batches. Where each of several advances the history, theirs come from --checkpoint,
the training.safetensors of checkpoints of the run, the last step's among them: the histories of each must still hold the amaxes of
all passes since the one before it. One is enough for a history as long as the run.

--fixture writes tests/golden/delayed-scaling.txt: for settings, amaxes as bits of binary32, each entered so many times, and the
scale after that.
"""
import argparse
import json
import pathlib
import sys
import tomllib

import numpy as np

LARGEST = {"e4m3": 448.0, "e5m2": 57344.0, "e4m3fnuz": 240.0, "e5m2fnuz": 57344.0}


class DelayedScaling:
    """One tensor's history and scale."""

    def __init__(self, largest, history=1024, algorithm="max", margin=0):
        self.target = np.float32(largest) / np.float32(2.0**margin)
        self.slots = np.zeros(history, np.float32)  # newest first
        self.algorithm = algorithm
        self.scale = np.float32(1)

    def advance(self, amax):
        """Takes the amax of what was cast under `scale`, and sets the next one."""
        self.slots[0] = amax
        chosen = self.slots[0] if self.algorithm == "most_recent" else np.fmax.reduce(self.slots)
        if np.isfinite(chosen) and chosen > 0:
            with np.errstate(over="ignore"):
                scale = self.target / chosen
            self.scale = scale if np.isfinite(scale) else np.finfo(np.float32).max
        self.slots = np.roll(self.slots, 1)
        self.slots[0] = 0


def scales_used(amaxes, advance, **settings):
    """amaxes [steps, micro-batches]; the scale of each pass, likewise."""
    state = DelayedScaling(**settings)
    used = np.empty(amaxes.shape, np.float32)
    for step, passes in enumerate(amaxes):
        for micro, amax in enumerate(passes):
            used[step, micro] = state.scale
            if advance == "micro-batch":
                state.advance(amax)
        if advance == "step":
            state.advance(np.float32(np.maximum.reduce(passes)))  # NaN if one is
    return used


def settings_of(run, role):
    """The recipe's rule for a role, as settings of scales_used; nothing if it is another policy."""
    recipe = tomllib.loads(text(run["config"].attrs["recipe"]))
    if recipe.get("override"):
        sys.exit("delayed_scaling.py: the recipe has overrides; give a run under one rule for all layers")
    cast = recipe.get("cast", {}).get(role)
    scaling = cast and cast["scaling"]
    delayed = {"delayed": {}} if scaling == "delayed" else scaling
    if not isinstance(delayed, dict) or "delayed" not in delayed:
        return None
    rule = {"history": 1024, "algorithm": "max", "margin": 0, "advance": "step", **delayed["delayed"]}
    if cast["format"] not in LARGEST:
        sys.exit(f"delayed_scaling.py: {cast['format']} is none of {', '.join(LARGEST)}")
    return {"largest": LARGEST[cast["format"]], **rule}


def recorded(used):
    """What the file has for a step: the power of two that most of its scales are, or the last scale if one is no power of two."""
    mantissa, exponent = np.frexp(used)
    if not (mantissa == 0.5).all():
        return used[-1]
    values, times = np.unique(exponent, return_counts=True)
    return np.float32(2.0) ** (values[np.argmax(times)] - 1)


def histories_of(path, linears):
    """Steps done at a checkpoint, and by role the amaxes of every linear layer's input and output gradient, oldest first."""
    data = pathlib.Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])

    def array(name):
        first, last = header[name]["data_offsets"]
        return np.frombuffer(data[8 + length + first : 8 + length + last], {"F32": "<f4", "F64": "<f8"}[header[name]["dtype"]])

    counts = array("delayed.counts").astype(int)
    if len(counts) != 2 * linears:
        sys.exit(f"delayed_scaling.py: {path} has {len(counts)} histories, the run {linears} linear layers; give the run's checkpoint")
    histories = np.split(array("delayed.amaxes"), np.cumsum(counts)[:-1])
    return int(array("state")[0]), {"activation": histories[0::2], "gradient": histories[1::2]}


def passes_of(checkpoints, role, linear, step_amax, micro_batches):
    """The amaxes of a tensor as [steps, micro-batches], held against the run's own record."""
    passes = []
    before = 0
    for step, histories in checkpoints:
        count = (step - before) * micro_batches
        before = step
        history = histories[role][linear]
        if count > len(history):
            sys.exit(f"delayed_scaling.py: the checkpoint of step {step} has the amaxes of {len(history)} passes, {count} were made "
                     "since the one before it; give more checkpoints")
        passes += list(history[len(history) - count :])
    if len(passes) != step_amax.size * micro_batches:
        sys.exit(f"delayed_scaling.py: the checkpoints have {len(passes)} passes, the run {step_amax.size} steps of {micro_batches}; "
                 "give the last step's, too")
    result = np.array(passes, np.float32).reshape(-1, micro_batches)
    if not np.array_equal(np.maximum.reduce(result, 1), step_amax, equal_nan=True):
        sys.exit("delayed_scaling.py: the amaxes of checkpoint and run differ; give the run's own checkpoints")
    return result


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def compare(run, role, checkpoints):
    """Scales that differ, and how many there are; nothing if the role is not cast by delayed scaling."""
    settings = settings_of(run, role)
    if settings is None:
        return None
    advance = settings.pop("advance")
    tensors = run["runs/0/tensors"]
    step = tensors["step"][:]
    if not np.array_equal(step, np.arange(len(step))):
        sys.exit("delayed_scaling.py: not every step is recorded; train with record_every = 1")
    micro_batches = int(run["runs/0"].attrs["micro_batches"])
    by_pass = advance == "micro-batch" and micro_batches > 1
    if by_pass and role != "weight" and not checkpoints:
        sys.exit("delayed_scaling.py: every micro-batch advances the history; give --checkpoint, which has their amaxes")
    roles = [text(which) for which in run["tensors/role"][:]]
    columns = [column for column, index in enumerate(tensors["index"][:]) if roles[index] == role]
    differing = total = 0
    for linear, column in enumerate(columns):
        amax = np.where(tensors["nan"][:, column] > 0, np.float32("nan"), tensors["amax"][:, column]).astype(np.float32)
        if not by_pass:
            used = scales_used(amax[:, None], advance, **settings)
        elif role == "weight":  # the same in all micro-batches; the file has what the first one found
            used = scales_used(np.repeat(amax[:, None], micro_batches, 1), advance, **settings)[:, :1]
        else:
            used = scales_used(passes_of(checkpoints, role, linear, amax, micro_batches), advance, **settings)
        expected = np.array([recorded(of_step) for of_step in used], np.float32)
        found = tensors["scale"][:, column].astype(np.float32)
        wrong = expected.view(np.uint32) != found.view(np.uint32)
        for s in np.flatnonzero(wrong)[:3]:
            name = text(run["tensors/name"][tensors["index"][column]])
            print(f"{name} {role}, step {s}: {expected[s]!r} expected, {found[s]!r} recorded")
        differing += int(wrong.sum())
        total += len(found)
    return differing, total


def fixture_amaxes(random):
    """(amax, times): ordinary ones, and each kind of special one among them."""
    special = [0.0, np.nan, np.inf, 1e-45, 1e-40, 3e38, 0.0, np.nan, np.nan, np.inf, np.inf, 0.0]
    for one in special:
        for amax in np.exp(random.standard_normal(3) * 3):
            yield np.float32(amax), 1
        yield np.float32(one), 1


def long_amaxes():
    """A peak that leaves a history of 1024 when its time has come, and not before; then an infinity, then zeros."""
    yield from ((np.float32(100), 1), (np.float32(3), 1022), (np.float32(2), 1), (np.float32(3), 1), (np.float32(0.5), 1024))
    yield from ((np.float32("inf"), 1), (np.float32(0.25), 1023), (np.float32(0.25), 1), (np.float32(0), 1024), (np.float32("nan"), 5))


def bits(x):
    return f"{np.float32(x).view(np.uint32):08x}"


def write_fixture(path):
    random = np.random.default_rng(3)
    lines = ["# Delayed scaling by tests/oracle/delayed_scaling.py --fixture: settings, then bits of an amax, times that it is entered, bits of",
             "# the scale after that."]
    cases = [(h, a, m, f, list(fixture_amaxes(random)))
             for h, a, m, f in ((2, "max", 0, "e4m3"), (2, "most_recent", 0, "e5m2"), (1, "max", 3, "e4m3"), (5, "max", 8, "e5m2"))]
    cases += [(1024, "max", 0, "e4m3", list(long_amaxes())), (1024, "most_recent", 1, "e5m2", list(long_amaxes()))]
    for history, algorithm, margin, form, amaxes in cases:
        lines.append(f"delayed {form} {history} {algorithm} {margin}")
        state = DelayedScaling(LARGEST[form], history, algorithm, margin)
        for amax, times in amaxes:
            for _ in range(times):
                state.advance(amax)
            lines.append(f"{bits(amax)} {times} {bits(state.scale)}")
    pathlib.Path(path).write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="?")
    parser.add_argument("--roles", nargs="+", default=["weight", "activation", "gradient"])
    parser.add_argument("--checkpoint", nargs="+", default=[])
    parser.add_argument("--fixture")
    arguments = parser.parse_args()
    if arguments.fixture:
        write_fixture(arguments.fixture)
        return 0
    if arguments.run is None:
        parser.error("give a RUN.h5")
    import h5py  # the fixture needs none

    with h5py.File(arguments.run) as run:
        linears = len({text(name) for name in run["tensors/name"][:]})
        checkpoints = sorted((histories_of(path, linears) for path in arguments.checkpoint), key=lambda checkpoint: checkpoint[0])
        found = {role: compare(run, role, checkpoints) for role in arguments.roles}
    status = 0
    for role, counts in found.items():
        print(f"{role}: " + ("not cast by delayed scaling" if counts is None else f"{counts[1]} scales, {counts[0]} differ"))
        status |= counts is not None and counts[0] > 0
    if not any(found.values()):
        sys.exit("delayed_scaling.py: the run casts none of these by delayed scaling")
    return status


if __name__ == "__main__":
    sys.exit(main())
