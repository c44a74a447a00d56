"""Lists a sparse safetensors file with the header of a Llama of 7 billion parameters through the program, whose resident memory must stay below 200 MB.

Usage: list_sparse_file.py OCTAVO
"""
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT_KIB = 200_000


def llama_7b_shapes():
    width, inner, vocabulary = 4096, 11008, 32000
    yield "model.embed_tokens.weight", (vocabulary, width)
    for layer in range(32):
        prefix = f"model.layers.{layer}."
        for kind in "qkvo":
            yield f"{prefix}self_attn.{kind}_proj.weight", (width, width)
        for kind, shape in (("gate", (inner, width)), ("up", (inner, width)), ("down", (width, inner))):
            yield f"{prefix}mlp.{kind}_proj.weight", shape
        for norm in ("input_layernorm", "post_attention_layernorm"):
            yield f"{prefix}{norm}.weight", (width,)
    yield "model.norm.weight", (width,)
    yield "lm_head.weight", (vocabulary, width)


def write_sparse(path):
    """Gives the number of tensors and the size of the file."""
    header, offset = {}, 0
    for name, shape in llama_7b_shapes():
        count = 1
        for dimension in shape:
            count *= dimension
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [offset, offset + 2 * count]}
        offset += 2 * count
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        size = file.tell() + offset
        file.truncate(size)
    return len(header), size


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sparse.safetensors"
        count, size = write_sparse(path)
        done = subprocess.run([sys.argv[1], "quantize", path, "--list", "--json"], capture_output=True, check=False)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        assert done.returncode == 0, done.stderr.decode()
        listed = json.loads(done.stdout)
        print(f"{size / 1e9:.1f} GB, {count} tensors, {sum(t['elements'] for t in listed)} elements, {peak} KiB resident")
        assert size > 13e9 and len(listed) == count
        assert listed[-1] == {"tensor": "lm_head.weight", "dtype": "F16", "shape": [32000, 4096], "elements": 131072000}
        assert peak < LIMIT_KIB, f"{peak} KiB resident, more than {LIMIT_KIB}"


if __name__ == "__main__":
    main()
