#!/usr/bin/env python3
"""Times casts to 8 bits by Octavo and by other software, one thread, in one run, and prints the ratio to each.

Usage: cast_speed.py OCTAVO_BENCH [--sizes 64Ki,64M] [--rounds R]

Octavo, the stream and the host functions of CUDA's header are timed by octavo_bench, the Python packages on as many values of the same
distribution. All take turns for R rounds; each counts with its best. gfloat is a reference written in NumPy and gets a 64th of the
elements. A package that is not installed is left out; "-" stands where one has no such cast. Octavo multiplies by a scale of 2
besides, and the header with it; the packages cast unscaled, except where the scale comes from amax.
"""

import argparse
import importlib
import importlib.metadata
import json
import platform
import subprocess
import time

import numpy as np

SIZES = {"64Ki": 1 << 16, "64M": 1 << 26}
CASTS = {
    "encode/e4m3": "E4M3 from FP32",
    "encode/e5m2": "E5M2 from FP32",
    "encode/e4m3-from-fp16": "E4M3 from FP16",
    "encode/e4m3-from-bf16": "E4M3 from BF16",
    "encode/e4m3-stochastic": "E4M3 from FP32, stochastic",
    "amax-scale-encode/e4m3": "E4M3 from FP32, amax, scale, encode",
}
HEADER = "-by-cuda_fp8.h"


def bench(program, size):
    """By name: octavo_bench's best nanoseconds an element and ratio to the stream, of all CASTS and the header's."""
    command = [program, f"--benchmark_filter=^cast/({'|'.join(CASTS)})({HEADER})?/{size}$", "--benchmark_format=json",
               "--benchmark_min_time=0.4"]
    runs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["benchmarks"]
    return {run["name"].split("/", 1)[1].rsplit("/", 1)[0]: (run["best_ns/element"], run["of_stream"]) for run in runs}


def ml_dtypes_casts(module, x):
    half, brain = x.astype(np.float16), x.astype(module.bfloat16)
    e4m3, e5m2 = module.float8_e4m3fn, module.float8_e5m2
    return x.size, {
        "encode/e4m3": lambda: x.astype(e4m3), "encode/e5m2": lambda: x.astype(e5m2),
        "encode/e4m3-from-fp16": lambda: half.astype(e4m3), "encode/e4m3-from-bf16": lambda: brain.astype(e4m3),
        "amax-scale-encode/e4m3": lambda: (x * (np.float32(448) / max(x.max(), -x.min()))).astype(e4m3),
    }


def torch_casts(module, x):
    module.set_num_threads(1)
    values = module.from_numpy(x)
    half, brain = values.half(), values.bfloat16()
    e4m3, e5m2 = module.float8_e4m3fn, module.float8_e5m2

    def scaled():
        low, high = module.aminmax(values)
        return (values * (448 / max(-low, high))).to(e4m3)

    return x.size, {
        "encode/e4m3": lambda: values.to(e4m3), "encode/e5m2": lambda: values.to(e5m2),
        "encode/e4m3-from-fp16": lambda: half.to(e4m3), "encode/e4m3-from-bf16": lambda: brain.to(e4m3),
        "amax-scale-encode/e4m3": scaled,
    }


def gfloat_casts(module, x):
    known = importlib.import_module("gfloat.formats")
    e4m3, e5m2 = known.format_info_ocp_e4m3, known.format_info_ocp_e5m2
    few = x[:max(1, x.size // 64)].astype(np.float64)
    half, brain = few.astype(np.float16), few.astype(np.float32)  # NumPy has no bfloat16
    words = np.random.default_rng(2).integers(0, 1 << 20, few.size)

    def cast(info, values, mode=module.RoundMode.TiesToEven, *random):
        return module.encode_ndarray(info, module.round_ndarray(info, values, mode, True, *random))

    return few.size, {
        "encode/e4m3": lambda: cast(e4m3, few), "encode/e5m2": lambda: cast(e5m2, few),
        "encode/e4m3-from-fp16": lambda: cast(e4m3, half.astype(np.float64)),
        "encode/e4m3-from-bf16": lambda: cast(e4m3, brain.astype(np.float64)),
        "encode/e4m3-stochastic": lambda: cast(e4m3, few, module.RoundMode.StochasticFast, words, 20),
        "amax-scale-encode/e4m3": lambda: cast(e4m3, few * (448 / np.abs(few).max())),
    }


PACKAGES = {"torch": torch_casts, "ml_dtypes": ml_dtypes_casts, "gfloat": gfloat_casts}


def installed():
    modules = {}
    for package in PACKAGES:
        try:
            modules[package] = importlib.import_module(package)
        except ImportError:
            print(f"{package} is not installed: left out")
    return modules


def best_of(call, elements):
    """The best nanoseconds an element of calls that take a quarter of a second together, one at least."""
    best = float("inf")
    end = time.perf_counter() + 0.25
    while True:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
        if time.perf_counter() > end:
            return 1e9 * best / elements


def processor():
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def table(program, size, modules, rounds):
    few = np.random.default_rng(1).standard_normal(1 << 16).astype(np.float32)
    x = np.resize(few, SIZES[size])
    best = {}  # (who, cast): nanoseconds an element
    of_stream = {}

    def add(who, cast, took):
        best[who, cast] = min(best.get((who, cast), took), took)

    packages = {package: PACKAGES[package](module, x) for package, module in modules.items()}
    for _ in range(rounds):
        for name, (took, ratio) in bench(program, size).items():
            by_header = name.endswith(HEADER)
            cast = name.removesuffix(HEADER)
            add("cuda_fp8.h" if by_header else "octavo", cast, took)
            if not by_header:
                of_stream[cast] = max(of_stream.get(cast, 0), ratio)
        for package, (elements, calls) in packages.items():
            for cast, call in calls.items():
                add(package, cast, best_of(call, elements))
    others = [*modules, "cuda_fp8.h"]
    titles = [f"{name} {importlib.metadata.version(name)}" if name in modules else name for name in others]
    print(f"\n| {size} elements | Octavo, ns | of the stream | {' | '.join(titles)} |\n|{'---|' * (3 + len(others))}")
    for cast, title in CASTS.items():
        ours = best["octavo", cast]
        cells = [f"{best[who, cast]:.2f} ({best[who, cast] / ours:.1f})" if (who, cast) in best else "-" for who in others]
        print(f"| {title} | {ours:.3f} | {of_stream[cast]:.2f} | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--sizes", default="64Ki,64M")
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    modules = installed()
    print(f"{processor()}; one thread, best of {arguments.rounds} rounds; of others: ns an element (times Octavo's)")
    for size in arguments.sizes.split(","):
        table(arguments.program, size, modules, arguments.rounds)


if __name__ == "__main__":
    main()
