#!/usr/bin/env python3
"""FP8-AMAX inference of a Llama GGUF in NumPy: an independent computation of what `octavo eval` reports.

usage: fp8_llama.py MODEL.gguf IDS.npy CONTEXT [e4m3|e5m2|none] [--perturb SEED]

Forward pass, scaling and casts are written from the definitions (arXiv 2309.17224, section 2.3); the rounding is that of
PyPI's ml_dtypes, the dequantisation that of PyPI's gguf, the products NumPy's. Prints the mean loss in nats a token and the
next-token accuracy over windows of CONTEXT ids, as `octavo eval --token-ids IDS.npy --context CONTEXT` defines them.

--perturb SEED multiplies each element that a norm puts out by 1 + 1e-6 u, u uniform in [-1, 1): up to sixteen binary32
rounding errors. What the loss then moves by is what rounding noise alone can explain between two programs.
"""
import argparse
import math

import gguf
import ml_dtypes
import numpy as np

FORMATS = {"e4m3": (ml_dtypes.float8_e4m3fn, 448.0), "e5m2": (ml_dtypes.float8_e5m2, 57344.0)}


def cast(x, form):
    """x8 / 2^b with b = floor(log2(max / amax)), as float32."""
    if form is None:
        return x
    dtype, largest = form
    ratio = np.float64(largest) / np.float64(np.abs(x).max())
    mantissa, exponent = math.frexp(ratio)
    scale = np.float32(2.0 ** (exponent - 1))
    assert mantissa >= 0.5
    return (x * scale).astype(dtype).astype(np.float32) / scale


class Llama:
    def __init__(self, path, form, noise=None):
        reader = gguf.GGUFReader(path)

        def value(key):
            return reader.fields[key].contents()

        self.layers = value("llama.block_count")
        self.heads = value("llama.attention.head_count")
        self.kv_heads = value("llama.attention.head_count_kv")
        self.epsilon = value("llama.attention.layer_norm_rms_epsilon")
        self.theta = value("llama.rope.freq_base")
        self.form = form
        self.noise = noise
        self.weights = {}
        for tensor in reader.tensors:
            w = gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
            linear = tensor.name.startswith("blk.") and w.ndim == 2
            self.weights[tensor.name] = cast(w, form) if linear else w

    def norm(self, x, name):
        y = x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(self.epsilon)) * self.weights[name]
        if self.noise is None:
            return y
        return y * (1 + self.noise.uniform(-1e-6, 1e-6, y.shape).astype(np.float32))

    def linear(self, x8, name):
        return x8 @ self.weights[name].T

    def rope(self, x):
        """GGUF pairs dimensions (2i, 2i + 1)."""
        length, _, width = x.shape
        angle = np.arange(length)[:, None] * self.theta ** (-np.arange(0, width, 2) / width)
        c, s = np.cos(angle)[:, None, :].astype(np.float32), np.sin(angle)[:, None, :].astype(np.float32)
        out = np.empty_like(x)
        out[..., 0::2] = x[..., 0::2] * c - x[..., 1::2] * s
        out[..., 1::2] = x[..., 1::2] * c + x[..., 0::2] * s
        return out

    def logits(self, ids):
        x = self.weights["token_embd.weight"][ids]
        length = len(ids)
        mask = np.triu(np.full((length, length), -np.inf, np.float32), 1)
        for layer in range(self.layers):
            p = f"blk.{layer}."
            h = cast(self.norm(x, p + "attn_norm.weight"), self.form)
            q = self.linear(h, p + "attn_q.weight").reshape(length, self.heads, -1)
            k = self.linear(h, p + "attn_k.weight").reshape(length, self.kv_heads, -1)
            v = self.linear(h, p + "attn_v.weight").reshape(length, self.kv_heads, -1)
            q, k = self.rope(q), self.rope(k)
            group = self.heads // self.kv_heads
            mixed = []
            for head in range(self.heads):
                scores = q[:, head] @ k[:, head // group].T / np.float32(math.sqrt(q.shape[-1])) + mask
                scores = np.exp(scores - scores.max(-1, keepdims=True))
                mixed.append(scores / scores.sum(-1, keepdims=True) @ v[:, head // group])
            x = x + self.linear(cast(np.concatenate(mixed, -1), self.form), p + "attn_output.weight")
            h = cast(self.norm(x, p + "ffn_norm.weight"), self.form)
            gate = self.linear(h, p + "ffn_gate.weight")
            inner = gate / (1 + np.exp(-gate)) * self.linear(h, p + "ffn_up.weight")
            x = x + self.linear(cast(inner, self.form), p + "ffn_down.weight")
        x = self.norm(x, "output_norm.weight")
        return x @ self.weights.get("output.weight", self.weights["token_embd.weight"]).T


def main():
    parser = argparse.ArgumentParser(description="FP8-AMAX inference of a Llama GGUF in NumPy")
    parser.add_argument("model")
    parser.add_argument("ids")
    parser.add_argument("context", type=int)
    parser.add_argument("cast", nargs="?", default="e4m3", choices=[*FORMATS, "none"])
    parser.add_argument("--perturb", type=int, metavar="SEED")
    args = parser.parse_args()
    noise = None if args.perturb is None else np.random.default_rng(args.perturb)
    model = Llama(args.model, FORMATS.get(args.cast), noise)
    ids = np.load(args.ids)
    losses, hits = [], 0
    for start in range(0, len(ids) - 1, args.context):
        inputs = ids[start:start + args.context]
        targets = ids[start + 1:start + 1 + args.context]
        logits = model.logits(inputs[:len(targets)]).astype(np.float64)
        top = logits.max(-1)
        log_sum = top + np.log(np.exp(logits - top[:, None]).sum(-1))
        losses += list(log_sum - logits[np.arange(len(targets)), targets])
        hits += int((logits.argmax(-1) == targets).sum())
    perturbed = "" if noise is None else f", perturbed ({args.perturb})"
    print(f"{args.cast}{perturbed}: loss {np.mean(losses):.6f} nats/token, accuracy {hits / len(losses):.4f}, "
          f"{len(losses)} tokens")


if __name__ == "__main__":
    main()
