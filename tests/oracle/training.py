"""Trains a small Llama and a small GPT in PyTorch from the weights and on the data of an `octavo train` run, and compares the losses.

    training.py OCTAVO

OCTAVO is the program. Everything is in FP32 on the CPU: 100 steps of AdamW with weight decay, warm-up, cosine and clipping, without
dropout. The two curves may differ by rounding alone: exit status 1 if a step's losses differ by more than 1e-4.
"""
import functools
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
import torch
from torch.nn import functional as F

STEPS, BATCH, CONTEXT, VOCABULARY, SEED = 100, 4, 64, 256, 11
RATE, WARMUP, FINAL, DECAY, CLIP, EPSILON = 3e-3, 10, 0.1, 0.1, 1.0, 1e-8
SIZES = {"llama": dict(layers=2, width=64, heads=4, kv_heads=2, hidden=160),
         "gpt": dict(layers=2, width=64, heads=4, kv_heads=4, hidden=256)}

MASK = (1 << 64) - 1


def hash64(key, counter):
    """SplitMix64's finaliser, as sim/nn/random.h has it: only the order of the data depends on it here."""
    z = (key + (counter + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def order(count, epoch):
    key = hash64(hash64(SEED, 0xDA7A), epoch)
    result = list(range(count))
    for i in range(count, 1, -1):
        j = hash64(key, i) % i
        result[i - 1], result[j] = result[j], result[i - 1]
    return result


def config(family, steps, rate):
    sizes = "\n".join(f"{key} = {value}" for key, value in SIZES[family].items())
    return f"""[model]
family = "{family}"
{sizes}
vocabulary = {VOCABULARY}
context = {CONTEXT}
tied_head = {"true" if family == "gpt" else "false"}
[data]
context = {CONTEXT}
[training]
seed = {SEED}
steps = {steps}
batch = {BATCH}
learning_rate = {rate}
schedule = "cosine"
warmup = {WARMUP}
final_rate = {FINAL}
weight_decay = {DECAY}
clip = {CLIP}
epsilon = {EPSILON}
[output]
checkpoint_every = 0
"""


def read_safetensors(path):
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + length])
    header.pop("__metadata__", None)
    return {name: torch.from_numpy(np.frombuffer(raw[8 + length + t["data_offsets"][0]:8 + length + t["data_offsets"][1]],
                                                 np.float32).reshape(t["shape"]).copy()) for name, t in header.items()}


def octavo(program, folder, family, steps, rate, out):
    (folder / "train.toml").write_text(config(family, steps, rate))
    subprocess.run([program, "train", "--config", folder / "train.toml", "--text", folder / "text.txt", "--out",
                    folder / f"{out}.h5", "--checkpoint", folder / out, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    losses = [json.loads(line)["loss"] for line in (folder / f"{out}.jsonl").read_text().splitlines()]
    return losses, read_safetensors(folder / out / f"step-{steps:08d}" / "model.safetensors")


def rms_norm(x, gain):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * gain


@functools.lru_cache
def rotation(positions, half):
    frequency = 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.arange(positions, dtype=torch.float64)[:, None] * frequency
    return angle.cos().float(), angle.sin().float()


def rotate(x):
    half = x.shape[-1] // 2
    cos, sin = rotation(x.shape[-2], half)
    low, high = x[..., :half], x[..., half:]
    return torch.cat([low * cos - high * sin, high * cos + low * sin], -1)


def heads(x, count):
    return x.view(*x.shape[:-1], count, -1).transpose(1, 2)


def attention(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)


def llama(w, ids, size=SIZES["llama"]):
    x = w["model.embed_tokens.weight"][ids]
    for i in range(size["layers"]):
        p = f"model.layers.{i}."
        n = rms_norm(x, w[p + "input_layernorm.weight"])
        q, k, v = (n @ w[p + f"self_attn.{name}_proj.weight"].T for name in "qkv")
        groups = size["heads"] // size["kv_heads"]
        k = rotate(heads(k, size["kv_heads"])).repeat_interleave(groups, 1)
        v = heads(v, size["kv_heads"]).repeat_interleave(groups, 1)
        x = x + attention(rotate(heads(q, size["heads"])), k, v) @ w[p + "self_attn.o_proj.weight"].T
        n = rms_norm(x, w[p + "post_attention_layernorm.weight"])
        inner = F.silu(n @ w[p + "mlp.gate_proj.weight"].T) * (n @ w[p + "mlp.up_proj.weight"].T)
        x = x + inner @ w[p + "mlp.down_proj.weight"].T
    head = w.get("lm_head.weight", w["model.embed_tokens.weight"])
    return rms_norm(x, w["model.norm.weight"]) @ head.T


def gpt(w, ids):
    size = SIZES["gpt"]
    p = "transformer."

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], 1e-5)

    def linear(x, name):
        return x @ w[name + ".weight"] + w[name + ".bias"]

    x = w[p + "wte.weight"][ids] + w[p + "wpe.weight"][: ids.shape[1]]
    for i in range(size["layers"]):
        h = f"{p}h.{i}."
        q, k, v = (heads(t, size["heads"]) for t in linear(norm(x, h + "ln_1"), h + "attn.c_attn").chunk(3, -1))
        x = x + linear(attention(q, k, v), h + "attn.c_proj")
        x = x + linear(F.gelu(linear(norm(x, h + "ln_2"), h + "mlp.c_fc"), approximate="tanh"), h + "mlp.c_proj")
    return norm(x, p + "ln_f") @ w[p + "wte.weight"].T


def rate_of(step):
    if step < WARMUP:
        return RATE * (step + 1) / WARMUP
    passed = (step - WARMUP) / (STEPS - 1 - WARMUP)
    return RATE * (FINAL + (1 - FINAL) * (0.5 + 0.5 * math.cos(math.pi * passed)))


def train(family, weights, text):
    weights = {name: tensor.requires_grad_() for name, tensor in weights.items()}
    optimizer = torch.optim.AdamW(
        [{"params": [t for t in weights.values() if t.dim() > 1], "weight_decay": DECAY},
         {"params": [t for t in weights.values() if t.dim() == 1], "weight_decay": 0.0}], lr=RATE, eps=EPSILON)
    model = llama if family == "llama" else gpt
    ids = torch.tensor(list(text))
    starts = range(0, len(text) - 1, CONTEXT)
    windows = [(ids[s:s + CONTEXT], ids[s + 1:s + CONTEXT + 1]) for s in starts]
    losses, drawn = [], 0
    for step in range(STEPS):
        batch = []
        for _ in range(BATCH):
            batch.append(windows[order(len(windows), drawn // len(windows))[drawn % len(windows)]])
            drawn += 1
        logits = model(weights, torch.stack([b[0] for b in batch]))
        loss = F.cross_entropy(logits.flatten(0, 1), torch.stack([b[1] for b in batch]).flatten())
        optimizer.zero_grad()
        loss.backward()
        norm = torch.sqrt(sum(t.grad.square().sum() for t in weights.values()))
        if norm > CLIP:
            for tensor in weights.values():
                tensor.grad *= CLIP / norm
        for group in optimizer.param_groups:
            group["lr"] = rate_of(step)
        optimizer.step()
        losses.append(loss.item())
    return losses


def sample_text():
    """Words in an order with something to learn; its length gives whole windows only."""
    words = "in the beginning was the word and the word was with and light shineth darkness".split()
    state, out = 1, []
    while len(out) < 6000:
        state = (state * 1103515245 + 12345) % (1 << 31)
        out.append(words[(state >> 16) % len(words)] if state % 3 else "the")
    return " ".join(out).encode()[: 200 * CONTEXT + 1]


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    worst = 0.0
    for family in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "text.txt").write_bytes(sample_text())
            # A step at a rate of nearly nothing leaves the initial weights in a checkpoint.
            _, weights = octavo(program, folder, family, 1, 1e-30, "start")
            ours, _ = octavo(program, folder, family, STEPS, RATE, "run")
            theirs = train(family, weights, (folder / "text.txt").read_bytes())
        difference = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
        worst = max(worst, difference)
        print(f"{family}: loss {ours[0]:.6f} to {ours[-1]:.6f}, PyTorch {theirs[0]:.6f} to {theirs[-1]:.6f}, "
              f"largest difference over {STEPS} steps {difference:.2e}")
    return 0 if worst <= 1e-4 else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main())
