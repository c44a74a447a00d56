"""What a second thread brings to a product beside what it brings to OpenBLAS's SGEMM: python3 thread_scaling.py OCTAVO_BENCH

Each rate is taken in a process of its own, since idle threads of OpenBLAS keep the processors from each
other for a while; the processes of all rates take turns, and the best of each counts.
"""
import argparse
import json
import os
import subprocess

SGEMM = "gemm/openblas/1024"


def rate(program, name, seconds):
    """GMAC/s of the benchmark's fastest run."""
    # OpenBLAS starts its threads when it is loaded, also where nothing calls it.
    environment = dict(os.environ) if name.startswith(SGEMM) else os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    output = subprocess.run(
        [program, f"--benchmark_filter=^{name}$", f"--benchmark_min_time={seconds}", "--benchmark_format=json"],
        env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return json.loads(output)["benchmarks"][0]["best_GMAC/s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="build/release/tests/bench/octavo_bench")
    parser.add_argument("--products", default="hopper-wgmma,hopper-mma", help="separated by commas")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each process")
    options = parser.parse_args()

    products = [SGEMM] + [f"gemm/{name}/1024/alone" for name in options.products.split(",")]
    best = {}
    for _ in range(options.rounds):
        for product in products:
            for name in (product, f"{product}/threads:2"):
                best[name] = max(best.get(name, 0.0), rate(options.program, name, options.seconds))
    scaling = {product: best[f"{product}/threads:2"] / best[product] for product in products}
    print(f"{'product':36}{'1 thread':>10}{'2 threads':>11}{'scaling':>9}{'of SGEMM':>10}   GMAC/s, best of {options.rounds}")
    for product in products:
        print(f"{product:36}{best[product]:10.1f}{best[product + '/threads:2']:11.1f}{scaling[product]:9.2f}"
              f"{scaling[product] / scaling[SGEMM]:10.2f}")


if __name__ == "__main__":
    main()
