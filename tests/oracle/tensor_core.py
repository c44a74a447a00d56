#!/usr/bin/env python3
"""One instruction at a time: Octavo's tensor cores against PyPI's mmasim.

usage: tensor_core.py OCTAVO_TENSOR_CORE [--count N] [--seed S] [--engine] [--only ROW]

Feeds N outputs (default 5,000) for every instruction, pair of operand formats and family of operands to both, and compares
the bits. Exits with status 1 if any differ, except where a negative sum is rounded to zero: there Octavo's default is -0,
mmasim's +0, and nobody has probed a GPU (see README.md). Octavo's bits are the scalar reference's or, with --engine, those
of the engine and its vector kernels.
"""
import argparse
import itertools
import sys

import numpy as np
import torch
from mmasim.amd import MFMA
from mmasim.nv_ptx import MMA, WGMMA, MMABlockScale, TCGen05MMA, TCGen05MMABlockScale

from operands import FAMILIES, Tally, addends, codes, octavo, values

TORCH = {"e4m3": torch.float8_e4m3fn, "e5m2": torch.float8_e5m2, "e4m3fnuz": torch.float8_e4m3fnuz,
         "e5m2fnuz": torch.float8_e5m2fnuz, "fp16": torch.float16, "bf16": torch.bfloat16,
         "e8m0": torch.float8_e8m0fnu}
FP8 = ("e4m3", "e5m2")
SMALL = ("e4m3", "e5m2", "e3m2", "e2m3", "e2m1")


def tensor(name, x, packed=False):
    """Codes as mmasim takes them: torch's type where there is one, FP4 in bits 5:2, or two to a byte."""
    if name in TORCH:
        return torch.from_numpy(np.ascontiguousarray(x)).view(TORCH[name])
    if packed:
        return torch.from_numpy((x[:, 0::2] << 4 | x[:, 1::2]).astype(np.uint8))
    return torch.from_numpy((x << 2 if name == "e2m1" else x).astype(np.uint8))


def accumulator(kind, bits):
    return torch.from_numpy(bits.view(np.float32) if kind == "f32" else bits.astype(np.uint16).view(np.float16))


def bits_of(d):
    return d.numpy().view(np.uint32 if d.dtype == torch.float32 else np.uint16).astype(np.uint32)


def add(x, y):
    """FADD or HADD2 with NVIDIA's NaN."""
    d = x + y
    nan = torch.tensor(0x7FFFFFFF if d.dtype == torch.float32 else 0x7FFF).to(
        torch.int32 if d.dtype == torch.float32 else torch.int16).view(d.dtype)
    return torch.where(d.isnan(), nan, d)


def emulated_mma(kind, ptxas12):
    """mma.sync of FP8 as ptxas compiles it for sm_90: two f16 HMMAs from mmasim, then FADD or HADD2."""
    hmma = MMA("Hopper", f"m16n8k16.{kind}.f16.f16.{kind}")

    def dpa(a, b, c):
        k = torch.arange(32)
        low, high = k[k % 4 < 2], k[k % 4 >= 2]
        a, b, zero = a.to(torch.float16), b.to(torch.float16), torch.zeros_like(c)
        first = hmma.dpa(a[:, low], b[:, low], zero)
        if ptxas12:
            return add(c, add(first, hmma.dpa(a[:, high], b[:, high], zero)))
        return add(c, hmma.dpa(a[:, high], b[:, high], first))

    return dpa


def scale_codes(rng, name, family, shape):
    """E8M0 or UE4M3: near one, of every exponent, or any bits with NaN in the last family."""
    if name == "e8m0":
        x = np.where(rng.integers(0, 2, shape) == 0, rng.integers(117, 138, shape), rng.integers(0, 255, shape))
        nan = 0xFF
    else:
        x = rng.integers(0, 256, shape)
        x[(x & 0x7F) == 0x7F] = 0x38
        nan = 0x7F
    if family == "NaN and infinity":
        x[rng.integers(0, 16, shape) == 0] = nan
    return x.astype(np.uint8)


class Comparison:
    def __init__(self, program, count, seed, engine, only):
        self.program, self.count, self.rng = program, count, np.random.default_rng(seed)
        self.engine, self.only = engine, only
        self.results = self.open = self.wrong = 0

    def run(self, heading, row, pairs, kind, oracle, depth=32, scale=None, packed=False, variant=""):
        """`oracle(a, b)` makes the function that computes d of tensors a, b, c (and scales)."""
        if self.only not in ("", row) or self.engine and row == "hopper-hmma":  # whose operands have 16 bits
            return
        tally = Tally(heading)
        for (a_name, b_name), family in itertools.product(pairs, FAMILIES):
            shape = (self.count, depth)
            a, b = codes(self.rng, a_name, family, shape), codes(self.rng, b_name, family, shape)
            near = np.einsum("ik,ik->i", np.nan_to_num(values(a_name)[a]), np.nan_to_num(values(b_name)[b]))
            job = {"run": "engine" if self.engine else "dots", "row": row, "variant": variant, "accumulator": kind,
                   "a": a_name, "b": b_name, "count": self.count}
            scales = []
            if scale:
                name, each = scale
                scales = [scale_codes(self.rng, name, family, (self.count, each)) for _ in "ab"]
                job |= {"scales": each, "scale_format": name}
                if name == "e8m0":
                    with np.errstate(over="ignore"):
                        near = np.ldexp(near, scales[0][:, 0].astype(int) + scales[1][:, 0] - 254)
            c = addends(self.rng, kind, family, near)
            ours = octavo(self.program, job, a, b, *scales, c)
            args = [tensor(a_name, a, packed), tensor(b_name, b, packed), accumulator(kind, c)]
            args += [torch.from_numpy(x).view(TORCH[scale[0]]) for x in scales]
            theirs = bits_of(oracle(a_name, b_name)(*args))
            sign = 0x80000000 if kind == "f32" else 0x8000
            tally.add(ours, theirs, sign, lambda i: f"{a_name} {b_name} {family} a={bytes(a[i]).hex()} "
                      f"b={bytes(b[i]).hex()} c={c[i]:x} scales={[bytes(x[i]).hex() for x in scales]}")
        tally.report()
        self.results += tally.results
        self.open += tally.zero_signs
        self.wrong += tally.differences - tally.zero_signs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", action="store_true")
    parser.add_argument("--only", default="", metavar="ROW")
    options = parser.parse_args()
    torch.set_num_threads(1)
    comparison = Comparison(options.program, options.count, options.seed, options.engine, options.only)
    fp8, small = list(itertools.product(FP8, FP8)), list(itertools.product(SMALL, SMALL))
    fnuz = list(itertools.product(("e4m3fnuz", "e5m2fnuz"), repeat=2))
    bf8 = {"e4m3fnuz": "fp8", "e5m2fnuz": "bf8"}
    for kind in ("f32", "f16"):
        comparison.run(f"wgmma m64n8k32 .{kind}, Hopper", "hopper-wgmma", fp8, kind,
                       lambda a, b: WGMMA("Hopper", f"m64n8k32.{kind}.{a}.{b}").dpa)
        comparison.run(f"mma m16n8k32 .{kind}, Ada", "ada-mma", fp8, kind,
                       lambda a, b: MMA("Ada Lovelace", f"m16n8k32.{kind}.{a}.{b}.{kind}").dpa)
        for variant in ("", "ptxas12"):
            comparison.run(f"mma m16n8k32 .{kind}, sm_90, composed of mmasim's HMMA {variant}", "hopper-mma", fp8, kind,
                           lambda a, b: emulated_mma(kind, variant == "ptxas12"), variant=variant)
        hmma = ["fp16", "bf16"] if kind == "f32" else ["fp16"]
        comparison.run(f"mma m16n8k16 .{kind} f16{' and bf16' if kind == 'f32' else ''}, Hopper", "hopper-hmma",
                       [(x, x) for x in hmma], kind, lambda a, b: MMA(
                           "Hopper", f"m16n8k16.{kind}.{a.replace('fp', 'f')}.{a.replace('fp', 'f')}.{kind}").dpa,
                       depth=16)
        comparison.run(f"tcgen05.mma kind::f8f6f4 .{kind}, Blackwell", "blackwell-tcgen05", small, kind,
                       lambda a, b: TCGen05MMA("Blackwell", f"m64n8k32.kind::f8f6f4.{kind}.{a}.{b}").dpa)
        comparison.run(f"mma kind::f8f6f4 .{kind}, RTX Blackwell", "blackwell-mma", small, kind,
                       lambda a, b: MMA("RTX Blackwell", f"m16n8k32.kind::f8f6f4.{kind}.{a}.{b}.{kind}").dpa)
    comparison.run("tcgen05.mma kind::mxf8f6f4, Blackwell", "blackwell-mxf8f6f4", small, "f32",
                   lambda a, b: TCGen05MMABlockScale(
                       "Blackwell", f"m128n8k32.kind::mxf8f6f4.block32.f32.{a}.{b}.ue8m0").dpa, scale=("e8m0", 1))
    comparison.run("mma kind::mxf8f6f4, RTX Blackwell", "blackwell-mxf8f6f4", small, "f32",
                   lambda a, b: MMABlockScale(
                       "RTX Blackwell", f"m16n8k32.kind::mxf8f6f4.block32.f32.{a}.{b}.f32.ue8m0").dpa,
                   scale=("e8m0", 1))
    for block, name in ((32, "ue8m0"), (16, "ue8m0"), (16, "ue4m3")):
        comparison.run(f"tcgen05.mma kind::mxf4nvf4 block{block} {name}, Blackwell", "blackwell-mxf4nvf4",
                       [("e2m1", "e2m1")], "f32", lambda a, b: TCGen05MMABlockScale(
                           "Blackwell", f"m128n8k64.kind::mxf4nvf4.block{block}.f32.e2m1.e2m1.{name}").dpa,
                       depth=64, scale=(name.removeprefix("u"), 64 // block), packed=True)
    comparison.run("v_mfma_f32_16x16x32, CDNA3", "cdna3", fnuz, "f32",
                   lambda a, b: MFMA("CDNA3", f"f32_16x16x32_{bf8[a]}_{bf8[b]}").dpa)
    print(f"compared {comparison.results:,} results: {comparison.wrong:,} differ, besides {comparison.open:,} zeros of the "
          "other sign")
    return 1 if comparison.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
