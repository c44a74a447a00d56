"""Operands of tensor-core products by family, and the bits that Octavo computes from them (octavo_tensor_core)."""
import json
import subprocess

import numpy as np

# exponent bits, mantissa bits, bias, special values
FORMATS = {
    "e4m3": (4, 3, 7, "fn"), "e5m2": (5, 2, 15, "ieee"), "e3m2": (3, 2, 3, "none"), "e2m3": (2, 3, 1, "none"),
    "e2m1": (2, 1, 1, "none"), "e4m3fnuz": (4, 3, 8, "fnuz"), "e5m2fnuz": (5, 2, 16, "fnuz"),
    "fp16": (5, 10, 15, "ieee"), "bf16": (8, 7, 127, "ieee"),
}
FAMILIES = ("uniform bits", "Gaussian", "log-uniform", "subnormals and zeros", "huge and tiny", "small integers",
            "positive only", "NaN and infinity")


def values(name):
    """The value of every code, as float64."""
    e, m, bias, special = FORMATS[name]
    codes = np.arange(1 << (1 + e + m))
    field, mantissa = codes >> m & ((1 << e) - 1), codes & ((1 << m) - 1)
    x = np.where(field > 0, np.ldexp(1.0 + mantissa / (1 << m), field - bias), np.ldexp(mantissa / (1 << m), 1 - bias))
    x = np.where(codes >> (e + m) == 1, -x, x)
    if special == "ieee":
        x = np.where(field == (1 << e) - 1, np.where(mantissa == 0, np.copysign(np.inf, x), np.nan), x)
    elif special == "fn":
        x = np.where(codes & ((1 << (e + m)) - 1) == (1 << (e + m)) - 1, np.nan, x)
    elif special == "fnuz":
        x = np.where(codes == 1 << (e + m), np.nan, x)
    return x


def encode(name, x):
    """Codes of the nearest values, ties either way, saturating."""
    table = values(name)
    positive = table[: len(table) // 2]
    finite = positive[np.isfinite(positive)]  # ascending, as the codes are
    code = np.searchsorted((finite[1:] + finite[:-1]) / 2, np.abs(x))
    negative = (np.asarray(x) < 0) & ((code > 0) | (FORMATS[name][3] != "fnuz"))
    return (code + np.where(negative, len(table) // 2, 0)).astype(np.uint8 if len(table) <= 256 else np.uint16)


def codes(rng, name, family, shape):
    e, m, bias, _ = FORMATS[name]
    table = values(name)
    largest, smallest = np.log2(np.nanmax(table[np.isfinite(table)])), 1 - bias - m
    sign = rng.choice([-1.0, 1.0], shape)
    finite = np.flatnonzero(np.isfinite(table))
    if family == "uniform bits":
        return finite[rng.integers(len(finite), size=shape)].astype(np.uint8 if len(table) <= 256 else np.uint16)
    if family == "Gaussian":
        return encode(name, rng.normal(size=shape))
    if family == "log-uniform":
        return encode(name, sign * np.exp2(rng.uniform(smallest, largest, shape)))
    if family == "subnormals and zeros":
        return encode(name, sign * rng.integers(0, 1 << m, shape) * 2.0**smallest * rng.integers(0, 2, shape))
    if family == "huge and tiny":
        return encode(name, sign * np.exp2(np.where(rng.integers(0, 2, shape) == 0, largest - rng.uniform(0, 1, shape),
                                                    smallest + rng.uniform(0, 3, shape))))
    if family == "small integers":
        return encode(name, rng.integers(-4, 5, shape).astype(float))
    if family == "positive only":
        return encode(name, rng.uniform(0, 1, shape))
    special = np.flatnonzero(~np.isfinite(table))  # NaN and infinity
    result = encode(name, rng.normal(size=shape))
    if len(special):
        at = rng.integers(0, 2 * shape[-1], shape) == 0
        result[at] = special[rng.integers(len(special), size=int(at.sum()))]
    return result


def addends(rng, kind, family, near):
    """Bits of c, one for each approximate sum in `near`: zeros, random bits, near the sum, opposite to it, of every
    exponent, subnormal; NaN and infinity in the last family only."""
    real, bits, low, tiny = (np.float32, np.uint32, -149, 2.0**-126) if kind == "f32" else (np.float16, np.uint16, -24,
                                                                                         2.0**-14)
    n = len(near)
    near = np.nan_to_num(near, nan=1.0, posinf=1.0, neginf=-1.0)
    with np.errstate(over="ignore"):
        random = rng.integers(0, 1 << (8 * np.dtype(bits).itemsize), n, dtype=np.uint64).astype(bits).view(real)
        choices = [rng.choice([0.0, -0.0], n).astype(real), random, (near * rng.uniform(-2, 2, n)).astype(real),
                   (-near).astype(real),
                   (rng.choice([-1, 1], n) * np.exp2(rng.uniform(low, -low - 22, n))).astype(real),
                   (rng.uniform(-1, 1, n) * tiny).astype(real)]
    c = np.choose(rng.integers(0, len(choices), n), choices)
    if family != "NaN and infinity":
        c = np.where(np.isfinite(c), c, real(1.5))
    return c.astype(real).view(bits).astype(np.uint32)


def octavo(program, job, *arrays):
    """The results of one job as uint32."""
    result = subprocess.run([program, json.dumps(job)], input=b"".join(np.ascontiguousarray(x).tobytes() for x in arrays),
                            capture_output=True, check=False)
    if result.returncode != 0:
        raise SystemExit(result.stderr.decode())
    return np.frombuffer(result.stdout, np.uint32)


class Tally:
    """Counts results and differences under a heading, and keeps the first examples other than -0 for +0."""

    def __init__(self, heading):
        self.heading, self.results, self.differences, self.zero_signs, self.examples = heading, 0, 0, 0, []

    def add(self, ours, theirs, sign_bit, where):
        ours, theirs = np.asarray(ours, np.uint32).ravel(), np.asarray(theirs, np.uint32).ravel()
        differ = ours != theirs
        zeros = differ & (ours == sign_bit) & (theirs == 0)
        self.results += len(ours)
        self.differences += int(differ.sum())
        self.zero_signs += int(zeros.sum())
        for i in np.flatnonzero(differ & ~zeros)[: 3 - len(self.examples)]:
            self.examples.append(f"{where(i)}: Octavo {ours[i]:08x}, other {theirs[i]:08x}")

    def report(self):
        signs = f", {self.zero_signs:,} of them -0 for +0" if self.zero_signs else ""
        print(f"{self.heading:66} {self.results:>9,} results {self.differences:>7,} differ{signs}", flush=True)
        for example in self.examples:
            print("    " + example)
