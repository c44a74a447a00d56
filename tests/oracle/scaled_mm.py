#!/usr/bin/env python3
"""The library layer: Octavo's chains, promotion, split-K and epilogue against PyPI's mmaemu.

usage: scaled_mm.py OCTAVO_TENSOR_CORE [--count N] [--seed S]

mmaemu models torch._scaled_mm as recorded on an H100 PCIe and an RTX 4060 with cuBLASLt 12.8.3.14. Compared, bit by bit:
single instructions with an addend (N a format pair and family, default 5,000), accumulators of whole products (fast and slow
accumulation, split-K), and the results of scaled_mm in every output type. Exits with status 1 if any differ.
"""
import argparse
import itertools
import sys
import warnings

import mmaemu
import numpy as np
import torch
from mmaemu.model import dot

from operands import FAMILIES, Tally, addends, codes, octavo, values

TORCH = {"e4m3": torch.float8_e4m3fn, "e5m2": torch.float8_e5m2}
PAIRS = list(itertools.product(TORCH, TORCH))
ROWS = {"hopper": "hopper-wgmma", "ada": "ada-mma"}
# What mmaemu calls a scheme, as Octavo describes it.
SPLITS = {"hopper": {"contiguous": ("contiguous", 128, "ascending")},
          "ada": {"serial": ("interleaved", 64, "ascending"), "pairwise": ("interleaved", 64, "pairwise")}}
OUTPUTS = {"f32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16, "e4m3": torch.float8_e4m3fn,
           "e5m2": torch.float8_e5m2}


def tensor(name, x):
    return torch.from_numpy(np.ascontiguousarray(x)).view(TORCH[name])


def bits_of(d):
    unsigned = {4: np.uint32, 2: np.uint16, 1: np.uint8}[d.element_size()]
    signed = {4: torch.int32, 2: torch.int16, 1: torch.uint8}[d.element_size()]
    return d.contiguous().view(signed).numpy().view(unsigned).astype(np.uint32)


class Comparison:
    def __init__(self, program, count, seed):
        self.program, self.count, self.rng = program, count, np.random.default_rng(seed)
        self.results = self.differences = 0

    def finish(self, tally):
        tally.report()
        self.results += tally.results
        self.differences += tally.differences

    def instructions(self, preset, row, heading):
        """c + one instruction of 32 products."""
        tally = Tally(heading)
        for (a_name, b_name), family in itertools.product(PAIRS, FAMILIES):
            a, b = (codes(self.rng, name, family, (self.count, 32)) for name in (a_name, b_name))
            near = np.einsum("ik,ik->i", np.nan_to_num(values(a_name)[a]), np.nan_to_num(values(b_name)[b]))
            c = addends(self.rng, "f32", family, near)
            job = {"run": "dots", "row": row, "accumulator": "f32", "a": a_name, "b": b_name, "count": self.count}
            theirs = dot(tensor(a_name, a), tensor(b_name, b), torch.from_numpy(c.view(np.float32)), preset=preset)
            tally.add(octavo(self.program, job, a, b, c), bits_of(theirs), 0x80000000, lambda i: f"{a_name} {b_name} "
                      f"{family} a={bytes(a[i]).hex()} b={bytes(b[i]).hex()} c={c[i]:08x}")
        return tally

    def product(self, profile, pair, family, shape, fast, split, output="f32", scales=None):
        """(Octavo's bits, mmaemu's bits) of one product: the accumulator, or with `scales` the result of scaled_mm."""
        m, n, k = shape
        a, b = codes(self.rng, pair[0], family, (m, k)), codes(self.rng, pair[1], family, (n, k))
        parts, scheme = split
        whole = scales is not None
        scales = scales or (1.0, 1.0, None)
        layout, tile, order = SPLITS[profile].get(scheme, ("contiguous", 128, "ascending"))
        job = {"run": "product", "row": ROWS[profile], "accumulator": "f32", "a": pair[0], "b": pair[1], "m": m, "n": n,
               "k": k, "promotion": 0 if fast else 128, "parts": parts, "layout": layout, "tile": tile, "order": order,
               "a_scale": scales[0], "b_scale": scales[1], "output_scale": scales[2] or 1.0, "output": output}
        ours = octavo(self.program, job, a, b)
        explicit = 1 if parts == 1 else (parts, scheme)
        if not whole:
            theirs = mmaemu.accumulate(tensor(pair[0], a), tensor(pair[1], b), use_fast_accum=fast, profile=profile,
                                       splitk=explicit)
        else:
            scale = [torch.tensor(np.float32(s)) if s is not None else None for s in scales]
            theirs = mmaemu.scaled_mm(tensor(pair[0], a), tensor(pair[1], b).t(), scale[0], scale[1],
                                      scale_result=scale[2], out_dtype=OUTPUTS[output], use_fast_accum=fast,
                                      profile=profile, splitk=explicit)
        return ours, bits_of(theirs)

    def accumulators(self, profile):
        """Every split of the profile's schemes, fast and slow accumulation, ragged K."""
        splits = [(1, "none")] + [(s, scheme) for scheme in SPLITS[profile] for s in (2, 3, 4, 5, 8, 24)]
        for fast in (True, False):
            tally = Tally(f"{profile}: accumulate, {'fast' if fast else 'slow'} accumulation, {len(splits)} ways to split K")
            for split, pair, family in itertools.product(splits, PAIRS, FAMILIES):
                k = int(self.rng.choice([1, 16, 100, 128, 200, 520, 1040, 1920, 3104]))
                shape = (int(self.rng.integers(1, 24)), int(self.rng.integers(1, 80)), k)
                tally.add(*self.product(profile, pair, family, shape, fast, split), 0x80000000,
                          lambda i: f"{pair} {family} {shape} split {split} output {i}")
            self.finish(tally)

    def outputs(self, profile):
        """scaled_mm in every output type that torch and cuBLASLt take, with scales of every magnitude."""
        for output in OUTPUTS:
            tally = Tally(f"{profile}: scaled_mm, output {output}")
            for pair, family, fast, magnitude in itertools.product(PAIRS, FAMILIES, (True, False), (1, 6, 40, 130)):
                if pair == ("e5m2", "e5m2") or (output == "e5m2" and pair == ("e4m3", "e4m3")):
                    continue  # torch, and cuBLASLt, refuse these
                scales = [float(np.float32(x)) for x in np.exp2(self.rng.uniform(-magnitude, magnitude, 3).clip(-126, 126))]
                if output not in ("e4m3", "e5m2") or magnitude == 6:
                    scales[2] = None
                shape = (int(self.rng.integers(1, 9)) * 4, int(self.rng.integers(1, 9)) * 16,
                         int(self.rng.choice([16, 128, 272, 1040])))
                tally.add(*self.product(profile, pair, family, shape, fast, (1, "none"), output, scales),
                          {"f32": 0x80000000, "bf16": 0x8000, "fp16": 0x8000}.get(output, 0x80),
                          lambda i: f"{pair} {family} {shape} scales {scales} output {i}")
            self.finish(tally)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # splits that were never recorded are compared too: the model is the claim
    comparison = Comparison(options.program, options.count, options.seed)
    for profile, row in ROWS.items():
        comparison.finish(comparison.instructions(profile, row, f"{profile}: one instruction with c"))
        comparison.accumulators(profile)
        comparison.outputs(profile)
    print(f"compared {comparison.results:,} results: {comparison.differences:,} differ")
    # mmaemu calls this preset experimental: it fits recorded B200 results, with all 32 products in one sum.
    comparison.instructions("b200_mma_sync", "hopper-mma", "not counted: b200_mma_sync against hopper-mma").report()
    return 1 if comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main())
