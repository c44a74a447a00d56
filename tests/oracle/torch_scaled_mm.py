#!/usr/bin/env python3
"""An independent caller of cuBLASLt: the operands of a recording through torch._scaled_mm on a GPU.

usage: torch_scaled_mm.py OCTAVO RECORDING.h5 [--device cuda]

For each product of the families L1 to L7 that torch can ask for, compares torch's bits with the recording's and with those
that OCTAVO (the program) computes. Operands come from `OCTAVO capture --emulated` with the recording's family, seed and count;
their digests must be equal. What torch cannot ask for (a chosen algorithm or split of K, C, scales by block, amax) is counted by
reason. Exit status: 0 equal; 1 differences, or other operands; 77 there is nothing to run on: no torch, no h5py or no GPU.
--device cpu tries the script where there is no GPU; torch's sums there are others.
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

SKIPPED = 77
LAYOUTS = {"f32": "float32", "f16": "float16", "bf16": "bfloat16", "e4m3": "float8_e4m3fn", "e5m2": "float8_e5m2"}


def skip(why):
    print(f"torch_scaled_mm: nothing to run on: {why}")
    sys.exit(SKIPPED)


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def recorded_bits(dataset):
    """Of a dataset of results: numbers of 8, 16 or 32 bits as unsigned integers."""
    values = np.ascontiguousarray(dataset[()])
    return values.view({1: np.uint8, 2: np.uint16, 4: np.uint32}[values.dtype.itemsize])


def emulated(program, origin, folder, known={}):
    """The file of the origin's cases, with operands and Octavo's results."""
    if origin not in known:
        family, seed, count = re.fullmatch(r"family (\w+), seed (\d+), count (\d+), target \w+", origin).groups()
        known[origin] = pathlib.Path(folder) / f"{len(known)}.h5"
        subprocess.run([program, "capture", "--emulated", "--quiet", "--family", family, "--seed", seed, "--count", count,
                        "--out", known[origin]], check=True, stdout=subprocess.DEVNULL)
    return known[origin]


def left_out(case, recorded):
    """Why torch cannot ask for this product; nothing if it can."""
    if text(case.attrs["layout"]) != "gemm":
        return "single dot products"
    if re.search(r"; proposal \d", text(recorded.attrs["source"])):
        return "a chosen algorithm"
    if "split_k" in case.attrs:
        return "a chosen split of K"
    if text(case.attrs["a_format"]) == text(case.attrs["b_format"]) == "e5m2":
        return "E5M2 on both sides"
    if "c" in case:
        return "C"
    if "call" in case:
        call = case["call"].attrs
        if call["alpha"] != 1:
            return "alpha"
        if "amax" in call:
            return "amax"
        if {text(call["a_scale_mode"]), text(call["b_scale_mode"])} not in ({"tensor"}, {"outer"}):
            return "scales by block"
    return None


def torch_bits(case, fast, device):
    def codes(name):
        tensor = torch.from_numpy(np.ascontiguousarray(case[name][()])).to(device)
        return tensor.view(getattr(torch, LAYOUTS[text(case.attrs[name + "_format"])]))

    def scale(values, shape):
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32).reshape(shape)).to(device)

    output, bias, result_scale = "f32", None, None
    scales = [scale([1.0], ()), scale([1.0], ())]
    if "call" in case:
        call = case["call"]
        output = text(call.attrs["output"])
        by_row = text(call.attrs["a_scale_mode"]) == "outer"
        scales = [scale(call["a_scales"][()], (-1, 1) if by_row else ()), scale(call["b_scales"][()], (1, -1) if by_row else ())]
        if output in ("e4m3", "e5m2"):
            result_scale = scale([call.attrs["d_scale"]], ())
        if "bias" in call:
            bits = np.ascontiguousarray(recorded_bits(call["bias"])).view(np.int16)
            bias = torch.from_numpy(bits).to(device).view(torch.float16 if output == "f16" else torch.bfloat16)
    d = torch._scaled_mm(codes("a"), codes("b").t(), scale_a=scales[0], scale_b=scales[1], bias=bias,
                         scale_result=result_scale, out_dtype=getattr(torch, LAYOUTS[output]), use_fast_accum=fast)
    signed, unsigned = {1: (torch.uint8, np.uint8), 2: (torch.int16, np.uint16), 4: (torch.int32, np.uint32)}[d.element_size()]
    return d.contiguous().view(signed).cpu().numpy().view(unsigned)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("recording")
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    global torch, np, h5py
    try:
        import h5py
        import numpy as np
        import torch
    except ImportError as error:
        skip(error)
    if options.device == "cuda" and not torch.cuda.is_available():
        skip("torch sees no GPU with CUDA")
    print(f"torch {torch.__version__}, CUDA {torch.version.cuda}, "
          f"{torch.cuda.get_device_name() if options.device == 'cuda' else options.device}")

    results = from_recording = from_ours = 0
    reasons = collections.Counter()
    with tempfile.TemporaryDirectory() as folder, h5py.File(options.recording) as recording:
        for name, recorded in recording["cases"].items():
            operation = text(recorded.attrs["operation"])
            if not operation.startswith("cublaslt.fp8."):
                continue
            if "origin" not in recorded.attrs:
                reasons["no origin recorded"] += 1
                continue
            with h5py.File(emulated(options.program, text(recorded.attrs["origin"]), folder)) as ours:
                case = ours["cases"][name]
                if text(case.attrs["operands_sha256"]) != text(recorded.attrs["operands_sha256"]):
                    print(f"torch_scaled_mm: {name}: this octavo makes other operands than were recorded; use the one that recorded")
                    return 1
                reason = left_out(case, recorded)
                if reason is None:
                    try:
                        theirs = torch_bits(case, operation.endswith("fast_accum"), options.device)
                    except RuntimeError as error:  # torch, or the library below it, refuses
                        reason = f"refused: {str(error).splitlines()[0][:120]}"
                if reason:
                    reasons[reason] += 1
                    continue
                other, wrong = (int((theirs != recorded_bits(d)).sum()) for d in (recorded["d"], case["d"]))
                print(f"{name}: {theirs.size} results, {other} other than recorded, {wrong} other than Octavo's")
                results, from_recording, from_ours = results + theirs.size, from_recording + other, from_ours + wrong
    for reason, count in sorted(reasons.items()):
        print(f"left out: {count} cases: {reason}")
    print(f"compared {results} results: {from_recording} other than recorded, {from_ours} other than Octavo's")
    return 1 if from_recording or from_ours else 0


if __name__ == "__main__":
    sys.exit(main())
