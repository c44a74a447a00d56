"""Measures what a training run keeps in memory for each parameter and for each token of a micro-batch, in bytes.

    training_memory.py OCTAVO [RECIPE...]

OCTAVO is the program. The largest resident size of `octavo train` is taken for models of two sizes on few tokens, and for a Llama
with 3 million parameters on two sizes of batch: what lies between is due to parameters, or to tokens. One line in FP32 and for each recipe.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

LLAMA = dict(width=256, heads=8, kv_heads=4, hidden=688)


def peak(program, folder, recipe, layers, batch, context):
    """Largest resident size in bytes, and parameters."""
    sizes = "\n".join(f"{key} = {value}" for key, value in LLAMA.items())
    (folder / "train.toml").write_text(
        f'[model]\nfamily = "llama"\nlayers = {layers}\n{sizes}\nvocabulary = 256\ncontext = {context}\n[data]\ncontext = {context}\n'
        f"[training]\nsteps = 2\nbatch = {batch}\n[output]\ncheckpoint_every = 0\nrecord_every = 0\n")
    out = folder / f"{len(list(folder.iterdir()))}.h5"
    words = [program, "train", "--config", folder / "train.toml", "--text", folder / "text.txt", "--out", out, "--checkpoint",
             out.with_suffix(""), "--quiet", "--threads", "1", "--json", *(("--recipe", recipe) if recipe else ())]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"octavo train failed: {words}")
    return usage.ru_maxrss * 1024, int(answer.split('"parameters":')[1].split(",")[0])


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    for recipe in (None, *sys.argv[2:]):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "text.txt").write_text("In the beginning was the word. " * 600)
            small, few = peak(program, folder, recipe, 8, 1, 16)
            large, many = peak(program, folder, recipe, 24, 1, 16)
            narrow, _ = peak(program, folder, recipe, 4, 8, 256)
            wide, _ = peak(program, folder, recipe, 4, 32, 256)
        print(f"{recipe or 'fp32'}: {(large - small) / (many - few):.1f} bytes a parameter, "
              f"{(wide - narrow) / (24 * 256) / 1024:.1f} KiB a token (4 layers, width 256)", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main()
