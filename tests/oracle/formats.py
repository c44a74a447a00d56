#!/usr/bin/env python3
"""Compares Octavo's casts with ml_dtypes on all 2^32 floats and with gfloat at every boundary and one ulp each side.

Usage: formats.py OCTAVO_CODES [--floats N]    (N: floats to compare with ml_dtypes, default all 4294967296)
"""

import argparse
import importlib.metadata
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

import gfloat
import gfloat.formats as known
import ml_dtypes
import numpy as np
from gfloat import RoundMode

STRETCH = 1 << 20

# Octavo's format and the dtype of ml_dtypes. Under the convention "ml_dtypes" NaN agrees too, where the format has one.
ML_DTYPES = {
    "e4m3": "float8_e4m3fn", "e4m3ieee": "float8_e4m3", "e4m3fnuz": "float8_e4m3fnuz",
    "e4m3b11fnuz": "float8_e4m3b11fnuz", "e5m2": "float8_e5m2", "e5m2fnuz": "float8_e5m2fnuz", "e3m4": "float8_e3m4",
    "e3m2": "float6_e3m2fn", "e2m3": "float6_e2m3fn", "e2m1": "float4_e2m1fn", "bf16": "bfloat16", "fp16": "float16",
}
WIDE = {"bf16", "fp16"}  # compared by value, any NaN as good as another; float16 is NumPy's own
WITHOUT_NAN = {"e3m2", "e2m3", "e2m1"}  # ml_dtypes gives zero of the other sign for NaN, Octavo the largest value

GFLOAT = {
    "e4m3": known.format_info_ocp_e4m3, "e5m2": known.format_info_ocp_e5m2, "e3m2": known.format_info_ocp_e3m2,
    "e2m3": known.format_info_ocp_e2m3, "e2m1": known.format_info_ocp_e2m1, "int8q6": known.format_info_ocp_int8,
    **{f"binary8p{p}s{domain}": known.format_info_p3109(8, p, gfloat.types.Signedness.Signed, kind)
       for p in range(1, 8) for domain, kind in (("e", gfloat.types.Domain.Extended), ("f", gfloat.types.Domain.Finite))},
}
ROUNDINGS = {
    "nearest_even": RoundMode.TiesToEven, "nearest_away": RoundMode.TiesToAway, "toward_zero": RoundMode.TowardZero,
    "up": RoundMode.TowardPositive, "down": RoundMode.TowardNegative, "stochastic": RoundMode.StochasticFastest,
}


class Octavo:
    """octavo_codes as a process: floats in, codes out."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def codes(self, floats):
        """At most 2^16 at once, so that neither side waits for the other's pipe."""
        out = []
        for start in range(0, len(floats), 4096):
            part = np.ascontiguousarray(floats[start:start + 4096], np.float32)
            self.process.stdin.write(np.uint32(len(part)).tobytes() + part.tobytes())
            self.process.stdin.flush()
            out.append(self.process.stdout.read(len(part)))
        return np.frombuffer(b"".join(out), np.uint8)

    def of_range(self, first, count, dtype):
        """What becomes of the floats with the bits first, first + 1, ... (a request of length 0 asks for a range)."""
        self.process.stdin.write(np.array([0, first, count], np.uint32).tobytes())
        self.process.stdin.flush()
        return np.frombuffer(self.process.stdout.read(count * np.dtype(dtype).itemsize), dtype)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def differences(program, name, first_stretches):
    """How many codes (or values) of the stretches differ from those of ml_dtypes, for one format."""
    octavo = Octavo(program, name, "ml_dtypes")
    dtype = getattr(np if name == "fp16" else ml_dtypes, ML_DTYPES[name])
    places = np.arange(STRETCH, dtype=np.uint32)
    mismatches = 0
    for first in first_stretches:
        x = (places + np.uint32(first)).view(np.float32)
        ours = octavo.of_range(first, STRETCH, np.float32 if name in WIDE else np.uint8)
        with np.errstate(all="ignore"):
            theirs = x.astype(dtype)
            if name in WIDE:
                theirs = theirs.astype(np.float32)
                differ = (ours.view(np.uint32) != theirs.view(np.uint32)) & ~(np.isnan(ours) & np.isnan(theirs))
            else:
                differ = ours != theirs.view(np.uint8)
        if name in WITHOUT_NAN:
            differ &= ~np.isnan(x)
        mismatches += int(np.count_nonzero(differ))
    octavo.close()
    return mismatches


def against_ml_dtypes(program, floats):
    step = max(1, (1 << 32) // floats)  # whole stretches, evenly spread
    stretches = range(0, 1 << 32, STRETCH * step)
    bad = 0
    with ProcessPoolExecutor() as pool:
        counts = pool.map(differences, repeat(program), ML_DTYPES, repeat(stretches))
        for dtype, mismatches in zip(ML_DTYPES.values(), counts):
            print(f"ml_dtypes {dtype:20} {len(stretches) * STRETCH} floats: {mismatches} differ", flush=True)
            bad += mismatches
    return bad


def boundaries(info):
    """Every value, every midpoint, and points between and beyond, with the floats next to each."""
    values = sorted({gfloat.decode_float(info, code).fval for code in range(1 << info.k)} - {None},
                    key=lambda v: (v != v, v))
    values = [v for v in values if np.isfinite(v)]
    points = set(values)
    for low, high in zip(values, values[1:]):
        points |= {(low + high) / 2, low + (high - low) / 4, low + 3 * (high - low) / 8}
    step = values[-1] - values[-2]
    points |= {s * (values[-1] + f * step) for s in (1, -1) for f in (0.25, 0.5, 1, 2, 100)}
    x = np.array(sorted(points), np.float32)
    return np.unique(np.concatenate([np.nextafter(x, np.float32(-np.inf)), x, np.nextafter(x, np.float32(np.inf))]))


def against_gfloat(program):
    bad = 0
    for name, info in GFLOAT.items():
        x = boundaries(info)
        for rounding, mode in ROUNDINGS.items():
            for overflow in ("saturate", "special"):
                saturate = overflow == "saturate" or info.num_nans == 0
                # Stochastic: 5 of 16 values of 4 random bits; the program takes the value after the rounding's name.
                for value in (0, 3, 7, 12, 15) if rounding == "stochastic" else (0,):
                    arguments = [name, rounding, overflow] + ([str(value), "4"] if rounding == "stochastic" else [])
                    octavo = Octavo(program, *arguments)
                    ours = octavo.codes(x)
                    octavo.close()
                    mismatches = 0
                    for float_, code in zip(x, ours):
                        rounded = gfloat.round_float(info, float(float_), mode, saturate, value, 4)
                        got = gfloat.decode_float(info, int(code)).fval
                        same = (np.isnan(rounded) and np.isnan(got)) or rounded == got
                        if info.is_twos_complement and rounded < -127 / 64:
                            same = got == -127 / 64  # Octavo's integers are symmetric
                        mismatches += not same
                    if mismatches:
                        print(f"gfloat {name} {rounding} {overflow} {value}: {mismatches} of {len(x)} differ")
                    bad += mismatches
        print(f"gfloat {info.name:16} {len(x)} floats under {len(ROUNDINGS)} roundings", flush=True)
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--floats", type=int, default=1 << 32)
    arguments = parser.parse_args()
    bad = against_gfloat(arguments.program) + against_ml_dtypes(arguments.program, arguments.floats)
    print(f"gfloat {importlib.metadata.version('gfloat')}, ml_dtypes {ml_dtypes.__version__}: "
          f"{bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
