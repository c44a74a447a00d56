#!/usr/bin/env python3
"""Times the encoding of binary32 to E4M3 by Octavo and by other software, one thread, in one run, and prints ratios.

Usage: cast_speed.py OCTAVO_BENCH [--elements N] [--rounds R]

Octavo, the stream and the host function of CUDA's header are timed by octavo_bench on 64 M elements of its own; the Python packages
on N normal values (default 67108864 as well). All take turns for R rounds; each counts with its best. gfloat is a reference written
in NumPy and gets a 64th of the elements. A package that is not installed is left out.
"""

import argparse
import importlib
import json
import os
import platform
import subprocess
import time

import numpy as np

BENCHMARKS = {
    "stream of the same bytes": ("cast/stream/64M", "cast/stream-non-temporal/64M"),
    "octavo": ("cast/encode/e4m3/64M",),
    "octavo, OCTAVO_ISA=scalar": ("cast/encode/e4m3/64M",),
    "cuda_fp8.h on the host": ("cast/encode/e4m3-by-cuda_fp8.h/64M",),
}


def bench(program, names, scalar):
    """The best nanoseconds an element of some of octavo_bench's benchmarks; None if it has none of them."""
    environment = {**os.environ, "OCTAVO_ISA": "scalar"} if scalar else None
    command = [program, f"--benchmark_filter=^({'|'.join(names)})$", "--benchmark_format=json",
               "--benchmark_min_time=0.3"]
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    if not output.strip():
        return None
    runs = json.loads(output)["benchmarks"]
    return min((run["best_ns/element"] for run in runs), default=None)


def peers(x):
    """Name and version of each package that is there, the values it casts, and a call that casts them."""
    found = []

    def add(package, make):
        try:
            module = importlib.import_module(package)
        except ImportError:
            print(f"{package} is not installed: left out")
            return
        values, call = make(module)
        found.append((f"{package} {getattr(module, '__version__', '')}".strip(), values.size, call))

    def ml_dtypes(module):
        return x, lambda: x.astype(module.float8_e4m3fn)

    def torch(module):
        module.set_num_threads(1)
        values = module.from_numpy(x)
        return x, lambda: values.to(module.float8_e4m3fn)

    def gfloat(module):
        few = x[:max(1, len(x) // 64)].astype(np.float64)
        info = importlib.import_module("gfloat.formats").format_info_ocp_e4m3
        return few, lambda: module.encode_ndarray(
            info, module.round_ndarray(info, few, module.RoundMode.TiesToEven, True))

    add("ml_dtypes", ml_dtypes)
    add("torch", torch)
    add("gfloat", gfloat)
    return found


def processor():
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--elements", type=int, default=1 << 26)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    few = np.random.default_rng(1).standard_normal(1 << 16).astype(np.float32)
    x = np.resize(few, arguments.elements)
    best = {}
    packages = peers(x)
    for _ in range(arguments.rounds):
        for name, benchmarks in BENCHMARKS.items():
            took = bench(arguments.program, benchmarks, "scalar" in name)
            if took is not None:
                best[name] = min(best.get(name, took), took)
        for name, count, call in packages:
            start = time.process_time()
            call()
            took = 1e9 * (time.process_time() - start) / count
            best[name] = min(best.get(name, took), took)
    print(f"{processor()}; binary32 to E4M3, {arguments.elements} elements, one thread, best of {arguments.rounds}\n")
    print("| | ns an element | time of Octavo's |\n|---|---|---|")
    for name, took in best.items():
        print(f"| {name} | {took:.3f} | {took / best['octavo']:.2f} |")


if __name__ == "__main__":
    main()
