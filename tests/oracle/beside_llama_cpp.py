#!/usr/bin/env python3
"""Loss and prefill speed of a Llama GGUF beside llama.cpp's, both on the same weights dequantised to F32.

usage: beside_llama_cpp.py MODEL.gguf TEXT PROGRAMS [--tokens N] [--context C] [--rounds R]

PROGRAMS is the build folder that holds experiments/octavo and tests/oracle/octavo_logits. llama.cpp itself writes the F32
file, splits the text into tokens and computes its logits (key-value cache in F32); the loss is computed here from the
definition of `octavo eval`: windows of C tokens that do not overlap, BOS first where the model has one. Exit status 1 if the
losses differ by more than 1e-4 of their size. Speed is the best of R runs that take turns: prompts of C tokens, logits of
the last one, with one and two threads.
"""
import argparse
import ctypes
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

import llama_cpp
import numpy as np

LARGEST_DIFFERENCE = 1e-4  # of the loss
BYTES_OF_TEXT = 16  # a token; more than English needs
F16, F32 = 1, 0  # ggml's types
SILENT = llama_cpp.llama_log_callback(lambda level, text, data: None)


def dequantise(model, result):
    """llama.cpp's own quantiser, asked for F32."""
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = llama_cpp.LLAMA_FTYPE_ALL_F32
    parameters.allow_requantize = True
    failed = llama_cpp.llama_model_quantize(str(model).encode(), str(result).encode(), ctypes.byref(parameters))
    assert not failed, "llama_model_quantize failed"


def open_llama(path, context, cache, threads, logits_all):
    return llama_cpp.Llama(str(path), n_ctx=context, n_batch=context, n_ubatch=context, n_threads=threads,
                           n_threads_batch=threads, type_k=cache, type_v=cache, logits_all=logits_all, verbose=False)


def windows(ids, bos, context, tokens):
    """(inputs, targets) as `octavo eval` defines them."""
    for start in range(0, tokens, context):
        end = min(start + context, tokens)
        if bos is None:
            yield ids[start:end], ids[start + 1:end + 1]
        else:
            yield [bos, *ids[start:end - 1]], ids[start:end]


def llama_loss(path, text, tokens, context):
    llama = open_llama(path, context, F32, os.cpu_count(), True)
    adds_bos = llama_cpp.llama_vocab_get_add_bos(llama._model.vocab)
    bos = llama.token_bos() if adds_bos else None
    ids = llama.tokenize(text, add_bos=False, special=False)
    losses = []
    for inputs, targets in windows(ids, bos, context, tokens):
        llama.reset()
        llama.eval(inputs)
        logits = llama.scores[:len(inputs)].astype(np.float64)
        top = logits.max(-1)
        losses += list(top + np.log(np.exp(logits - top[:, None]).sum(-1)) - logits[np.arange(len(targets)), targets])
    return np.mean(losses), len(losses), bos


def octavo_loss(program, path, text_file, tokens, context):
    answer = subprocess.run([program, "eval", "--model", path, "--text", text_file, "--tokens", str(tokens), "--context",
                             str(context), "--json", "--quiet"], check=True, capture_output=True).stdout
    return json.loads(answer)["loss"]


class Octavo:
    """octavo_logits as a companion process: one prompt in, its times out."""

    def __init__(self, program, path, threads, vocabulary):
        self.process = subprocess.Popen([program, path, "--last", str(threads)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.answer = 16 + 4 * vocabulary

    def prefill(self, ids):
        self.process.stdin.write(json.dumps(ids).encode() + b"\n")
        self.process.stdin.flush()
        return np.array(struct.unpack("<2d", self.process.stdout.read(self.answer)[:16]))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def clocks():
    return np.array([time.monotonic(), time.process_time()])


def compare_speed(program, path, ids, rounds):
    for threads in (1, 2):
        llama = open_llama(path, len(ids), F16, threads, False)
        octavo = Octavo(program, path, threads, llama.n_vocab())
        best = {"llama.cpp": np.full(2, np.inf), "octavo": np.full(2, np.inf)}
        for turn in range(rounds + 1):
            llama.reset()
            start = clocks()
            llama.eval(ids)
            taken = {"llama.cpp": clocks() - start, "octavo": octavo.prefill(ids)}
            for name in best if turn > 0 else ():  # the first turn warms up
                best[name] = np.minimum(best[name], taken[name])
        octavo.close()
        llama.close()
        rates = {name: len(ids) / seconds for name, seconds in best.items()}
        ratio = rates["octavo"] / rates["llama.cpp"]
        for clock, what in enumerate(("wall", "processor")):
            print(f"prefill of {len(ids)} tokens, {threads} thread(s), {what} time: octavo {rates['octavo'][clock]:.0f}, "
                  f"llama.cpp {rates['llama.cpp'][clock]:.0f} tokens/s, ratio {ratio[clock]:.2f}")


def main():
    parser = argparse.ArgumentParser(description="Octavo beside llama.cpp")
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("text", type=pathlib.Path)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--tokens", type=int, default=2048)
    parser.add_argument("--context", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=8)
    args = parser.parse_args()
    llama_cpp.llama_log_set(SILENT, None)
    with tempfile.TemporaryDirectory() as folder:
        f32 = pathlib.Path(folder) / "f32.gguf"
        dequantise(args.model, f32)
        head = pathlib.Path(folder) / "text.txt"
        head.write_bytes(args.text.read_bytes()[:BYTES_OF_TEXT * args.tokens])
        theirs, count, bos = llama_loss(f32, head.read_bytes(), args.tokens, args.context)
        ours = octavo_loss(args.programs / "experiments/octavo", f32, head, args.tokens, args.context)
        difference = abs(ours - theirs) / theirs
        print(f"loss on {count} tokens, BOS {bos}: octavo {ours:.8f}, llama.cpp {theirs:.8f} nats/token, "
              f"relative difference {difference:.1e}")
        ids = [int(i) for i in np.random.default_rng(1).integers(0, 1000, args.context)]
        compare_speed(args.programs / "tests/oracle/octavo_logits", f32, ids, args.rounds)
    sys.exit(difference > LARGEST_DIFFERENCE)


if __name__ == "__main__":
    main()
