#!/usr/bin/env python3
"""A linear layer under block scaling, forward and backward, in NumPy from the definitions.

usage: block_linear.py FORMAT X.npy W.npy DY.npy FOLDER [--gradient FORMAT] [--rounding floor|rceil]
       block_linear.py --fixture FILE

FORMAT is mxfp8-e4m3, mxfp8-e5m2, mxfp4 or nvfp4; --gradient is dy's, the same unless given. X is [T, K], W [N, K], DY [T, N],
all finite. Writes y.npy = x w^T, dx.npy = dy w and dw.npy = dy^T x of the quantized values, in binary64.

Every product sums over another dimension, and its blocks lie along that one: x and w along K for y, dy and w along N for dx, dy
and x along T for dw. So each operand is cast twice, from its values: a row-wise and a column-wise copy. The last block of a row
is shorter where the block's size does not divide it.

MX (OCP Microscaling 1.0): blocks of 32 under 2^e, e = floor(log2 amax) - floor(log2 max), or ceil(log2(amax / max)) under
--rounding rceil; a block of zeros has the smallest e, -127. NVFP4 (Transformer Engine, core_nvfp4.cuh): blocks of 16 of E2M1
under b / g with g = 448 * 6 / amax of the tensor and b = E4M3(amax of the block * g / 6), at least its smallest positive value.
Elements are rounded to nearest, ties to even, and saturate.

--fixture writes what tests/golden/block-linear.txt holds: one layer for each product, the only one of the layer in which the
summed dimension is longer than a block; inputs and, by recipe, results as decimal numbers that binary64 reads back without loss.
"""
import argparse
import pathlib
import sys

import numpy as np


class Grid:
    """The values >= 0 of a small float: sign, exponent and mantissa bits, bias, and the largest finite value."""

    def __init__(self, mantissa, bias, largest):
        steps = 1 << mantissa
        values = [m / steps * 2.0 ** (1 - bias) for m in range(steps)]
        exponent = 1
        while (1 + 0 / steps) * 2.0 ** (exponent - bias) <= largest:
            values += [(1 + m / steps) * 2.0 ** (exponent - bias) for m in range(steps)]
            exponent += 1
        self.values = np.array([v for v in values if v <= largest])  # code c has values[c]: an even code, an even mantissa
        self.largest = largest
        self.middles = (self.values[1:] + self.values[:-1]) / 2

    def round(self, x):
        """To nearest, ties to even codes, what lies beyond the largest becomes it. Exact: x is compared in binary64."""
        magnitude = np.abs(x).astype(np.float64)
        code = np.searchsorted(self.middles, magnitude, side="left")  # middles below; a tie is not
        tie = (code < len(self.middles)) & (self.middles[np.minimum(code, len(self.middles) - 1)] == magnitude)
        code = code + (tie & (code % 2 == 1))
        return np.copysign(self.values[code], x)


E4M3 = Grid(3, 7, 448.0)
E5M2 = Grid(2, 15, 57344.0)
E2M1 = Grid(1, 1, 6.0)

ELEMENTS = {"mxfp8-e4m3": E4M3, "mxfp8-e5m2": E5M2, "mxfp4": E2M1, "nvfp4": E2M1}


def blocks_of(x, size):
    """The blocks along the last dimension, as slices; the last one may be shorter."""
    return [slice(start, min(start + size, x.shape[1])) for start in range(0, x.shape[1], size)]


def floor_log2(x):
    """Exact, of x > 0."""
    return np.frexp(np.asarray(x, np.float64))[1] - 1


def mx_exponent(amax, grid, rounding):
    """Of each block; log2(amax / max) is rounded up without a quotient: 2^e max >= amax."""
    present = np.where(amax > 0, amax, 1.0).astype(np.float64)
    floor = floor_log2(present) - floor_log2(grid.largest)
    if rounding == "rceil":
        fits = grid.largest * np.exp2(floor.astype(np.float64)) >= present
        floor = np.where(fits, floor, floor + 1)
    return np.where(amax > 0, np.clip(floor, -127, 127), -127)


def quantized(x, name, rounding):
    """x in binary32, cast in blocks along its last dimension, and what the codes and scales stand for in binary64."""
    grid = ELEMENTS[name]
    result = np.empty(x.shape)
    if name == "nvfp4":
        tensor = np.abs(x).max(initial=np.float32(0))
        with np.errstate(divide="ignore"):
            whole = min(np.float32(448 * 6) / tensor, np.finfo(np.float32).max) if tensor > 0 else np.float32(1)
        for block in blocks_of(x, 16):
            amax = np.abs(x[:, block]).max(axis=1, keepdims=True)
            scale = np.maximum(E4M3.round(amax * (whole * np.float32(1 / 6))), E4M3.values[1])
            inverse = scale.astype(np.float32) * (np.float32(1) / whole)
            result[:, block] = E2M1.round(x[:, block] * (np.float32(1) / inverse)) * scale / np.float64(whole)
        return result
    for block in blocks_of(x, 32):
        scale = np.exp2(mx_exponent(np.abs(x[:, block]).max(axis=1, keepdims=True), grid, rounding).astype(np.float64))
        result[:, block] = grid.round(x[:, block] / scale) * scale
    return result


def linear(x, w, dy, name, gradient, rounding):
    """y, dx, dw in binary64; x, w, dy in binary32."""

    def rows(tensor, form):
        return quantized(tensor, form, rounding)

    def columns(tensor, form):
        return quantized(np.ascontiguousarray(tensor.T), form, rounding).T

    y = rows(x, name) @ rows(w, name).T
    dx = rows(dy, gradient) @ columns(w, name)
    dw = columns(dy, gradient).T @ columns(x, name)
    return {"y": y, "dx": dx, "dw": dw}


RECIPES = [("mxfp8-e4m3", "mxfp8-e4m3", "rceil"), ("mxfp8-e4m3", "mxfp8-e5m2", "floor"), ("mxfp4", "mxfp4", "floor"),
           ("mxfp4", "mxfp4", "rceil"), ("nvfp4", "nvfp4", "floor")]
LAYERS = [("y", 4, 3, 43), ("dx", 4, 43, 3), ("dw", 43, 4, 3)]  # product, T, N, K: 43 = 32 + 11 = 2 x 16 + 11


def tensor(random, rows, columns, along):
    """Random binary32 of eight significant bits; magnitudes differ by row and by sixteen elements along dimension `along`, one
    such run is zero, and some elements stand out."""
    shape = (rows, columns)
    size = 1 << random.integers(0, 5, (rows // 16 + 1 if along == 0 else rows, columns // 16 + 1 if along == 1 else columns)) * 2
    size = size.astype(np.float64)
    size[-1 if along == 1 else 0, 0 if along == 1 else -1] = 0
    size = np.repeat(size, 16, along)[:rows, :columns]
    x = random.standard_normal(shape) * size * np.where(random.random(shape) < 0.03, 30, 1) / 16
    mantissa, exponent = np.frexp(x)
    return np.ldexp(np.round(mantissa * 256) / 256, exponent).astype(np.float32)


def line(name, x):
    return " ".join([name, str(x.shape[0]), str(x.shape[1]), *(repr(float(v)) for v in x.ravel())])


def write_fixture(path):
    random = np.random.default_rng(17)
    lines = ["# Linear layers under block scaling by tests/oracle/block_linear.py --fixture: layer T N K; tensors as name, rows, columns, values;",
             "# recipe FORMAT GRADIENT MX_ROUNDING and the result of the layer above under it, in binary64."]
    for product, t, n, k in LAYERS:
        along = {"y": (1, 1, 1), "dx": (1, 0, 1), "dw": (0, 1, 0)}[product]  # of x, w, dy: the dimension that is summed
        x, w, dy = (tensor(random, *shape, a) for shape, a in zip(((t, k), (n, k), (t, n)), along))
        lines += [f"layer {t} {n} {k}", line("x", x), line("w", w), line("dy", dy)]
        for recipe in RECIPES:
            lines += ["recipe " + " ".join(recipe), line(product, linear(x, w, dy, *recipe)[product])]
    pathlib.Path(path).write_text("\n".join(lines) + "\n")


def loaded(path):
    x = np.load(path)
    if x.ndim != 2 or not np.isfinite(x).all():
        sys.exit(f"block_linear.py: {path} is no matrix of finite numbers")
    return x.astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="*", metavar="FORMAT X.npy W.npy DY.npy FOLDER")
    parser.add_argument("--gradient", choices=ELEMENTS)
    parser.add_argument("--rounding", choices=["floor", "rceil"], default="floor")
    parser.add_argument("--fixture")
    arguments = parser.parse_args()
    if arguments.fixture:
        return write_fixture(arguments.fixture)
    if len(arguments.inputs) != 5 or arguments.inputs[0] not in ELEMENTS:
        parser.error("give FORMAT X.npy W.npy DY.npy FOLDER; FORMAT is one of " + ", ".join(ELEMENTS))
    form, *paths, folder = arguments.inputs
    x, w, dy = (loaded(path) for path in paths)
    if x.shape[1] != w.shape[1] or dy.shape != (x.shape[0], w.shape[0]):
        parser.error(f"shapes {x.shape}, {w.shape}, {dy.shape} are not [T, K], [N, K], [T, N]")
    for name, result in linear(x, w, dy, form, arguments.gradient or form, arguments.rounding).items():
        np.save(pathlib.Path(folder) / f"{name}.npy", result)


if __name__ == "__main__":
    main()
