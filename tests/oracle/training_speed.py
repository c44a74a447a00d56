"""Times an FP32 training step of a Llama with 3 million parameters in Octavo and in PyTorch: same model, batch and threads.

    training_speed.py OCTAVO

OCTAVO is the program. Each turn runs `octavo train` for a few and for more steps, whose difference is what the steps take, and as
many steps in PyTorch (eager, its own scaled_dot_product_attention, AdamW fused). The best of the turns count. Prints seconds a step and
the ratio for one thread and for all; exit status 1 if Octavo's rate is below PyTorch's.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import torch
from torch.nn import functional as F

import training

SIZE = dict(layers=4, width=256, heads=8, kv_heads=4, hidden=688)
BATCH, CONTEXT, RATE = 8, 256, 1e-3
FEW, MORE, TURNS = 2, 10, 2


def config(steps):
    sizes = "\n".join(f"{key} = {value}" for key, value in SIZE.items())
    return (f'[model]\nfamily = "llama"\n{sizes}\nvocabulary = 256\ncontext = {CONTEXT}\n[data]\ncontext = {CONTEXT}\n'
            f"[training]\nsteps = {steps}\nbatch = {BATCH}\nlearning_rate = {RATE}\n[output]\ncheckpoint_every = 0\n")


def octavo(program, folder, steps, threads):
    """Seconds that a run takes, and its weights at the end."""
    (folder / "train.toml").write_text(config(steps))
    start = time.perf_counter()
    subprocess.run([program, "train", "--config", folder / "train.toml", "--text", folder / "text.txt", "--out",
                    folder / "run.h5", "--force", "--checkpoint", folder / f"run-{time.monotonic_ns()}", "--quiet", "--threads",
                    str(threads)], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    newest = max(folder.glob(f"run-*/step-{steps:08d}"), key=lambda path: path.stat().st_mtime)
    return seconds, training.read_safetensors(newest / "model.safetensors")


class Pytorch:
    def __init__(self, weights):
        self.weights = {name: tensor.requires_grad_() for name, tensor in weights.items()}
        self.optimizer = torch.optim.AdamW(self.weights.values(), lr=RATE, weight_decay=0.0, fused=True)
        self.ids = torch.randint(256, (BATCH, CONTEXT + 1))

    def step(self):
        logits = training.llama(self.weights, self.ids[:, :-1], SIZE)
        self.optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), self.ids[:, 1:].flatten()).backward()
        self.optimizer.step()

    def seconds(self):
        self.step()
        start = time.perf_counter()
        for _ in range(MORE - FEW):
            self.step()
        return time.perf_counter() - start


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    slower = False
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "text.txt").write_bytes(training.sample_text() * 3)
        for threads in sorted({1, os.cpu_count()}):
            torch.set_num_threads(threads)
            few, more, theirs = [], [], []
            model = Pytorch(octavo(program, folder, 1, threads)[1])
            for _ in range(TURNS):
                few.append(octavo(program, folder, FEW, threads)[0])
                more.append(octavo(program, folder, MORE, threads)[0])
                theirs.append(model.seconds())
            ours, theirs = (min(more) - min(few)) / (MORE - FEW), min(theirs) / (MORE - FEW)
            slower = slower or theirs < ours
            parameters = sum(tensor.numel() for tensor in model.weights.values())
            print(f"{threads} thread(s), {parameters} parameters, batch {BATCH} x {CONTEXT}: Octavo {ours:.3f} s a step, "
                  f"PyTorch {torch.__version__} {theirs:.3f}, ratio of rates {theirs / ours:.2f}", flush=True)
    return 1 if slower else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main())
