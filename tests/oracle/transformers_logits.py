#!/usr/bin/env python3
"""Logits of small random GPT-2 and Llama models, saved by `transformers`, beside Octavo's.

usage: transformers_logits.py PROGRAMS

PROGRAMS is the build folder that holds tests/oracle/octavo_logits. Every case is written by save_pretrained and read back by
Octavo; norms' gains and all biases are random too, so that none can be left out unseen. A case passes if no logit differs by
more than 1e-4 of the largest. What Octavo does not implement must be refused in one line. Exit status 1 if a case fails.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
import transformers

LARGEST_DIFFERENCE = 1e-4  # of the largest logit
CONTEXT = 96
VOCABULARY = 331
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 32}
YARN = {"rope_type": "yarn", "factor": 3.0, "original_max_position_embeddings": 32}


def gpt2(**changes):
    return transformers.GPT2Config(**{**dict(
        vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=48, n_layer=3, n_head=4, initializer_range=0.2,
        bos_token_id=0, eos_token_id=0), **changes})


def llama(**changes):
    return transformers.LlamaConfig(**{**dict(
        vocab_size=VOCABULARY, max_position_embeddings=CONTEXT, hidden_size=48, intermediate_size=104,
        num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2, tie_word_embeddings=True, rope_theta=10000.0,
        initializer_range=0.2), **changes})


# name, configuration, largest shard
CASES = [
    ("gpt2, tied head", gpt2(), "1GB"),
    ("gpt2, untied head, exact gelu, inner width, sharded",
     gpt2(tie_word_embeddings=False, activation_function="gelu", n_inner=80), "50KB"),
    ("llama, 6 heads to 2, tied head", llama(), "1GB"),
    ("llama, 6 heads to 2, untied head, sharded", llama(tie_word_embeddings=False), "50KB"),
    ("llama, 6 heads to 1, biases, head width 10, theta 500000",
     llama(num_key_value_heads=1, attention_bias=True, mlp_bias=True, head_dim=10, rope_theta=500000.0,
           rope_parameters={"rope_type": "default", "rope_theta": 500000.0}), "1GB"),
    ("llama, no grouping, RoPE scaling llama3",
     llama(num_key_value_heads=6, rope_scaling=LLAMA3), "1GB"),
    ("llama, RoPE scaling linear", llama(rope_scaling={"rope_type": "linear", "factor": 3.0}), "1GB"),
]
REFUSED = [("llama, RoPE scaling yarn", llama(rope_scaling=YARN), "RoPE scaling 'yarn' is not implemented")]


def save(config, shard, folder):
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter += 0.3 * torch.randn_like(parameter)
    model.save_pretrained(folder, max_shard_size=shard)
    return model


def octavo_logits(program, folder, sequences):
    lines = "".join(json.dumps(ids) + "\n" for ids in sequences)
    answer = subprocess.run([program, folder], input=lines.encode(), capture_output=True)
    if answer.returncode != 0:
        raise RuntimeError(answer.stderr.decode().strip())
    at = 0
    for ids in sequences:
        at += 16  # the times
        count = len(ids) * VOCABULARY
        yield np.frombuffer(answer.stdout, "<f4", count, at).reshape(len(ids), VOCABULARY)
        at += 4 * count
    assert at == len(answer.stdout)


def compare(program, name, config, shard):
    with tempfile.TemporaryDirectory() as folder:
        model = save(config, shard, folder)
        shards = len(list(pathlib.Path(folder).glob("*.safetensors")))
        generator = np.random.default_rng(1)
        # One block of attention is 64 positions.
        sequences = [generator.integers(0, VOCABULARY, length).tolist() for length in (1, 7, 65, CONTEXT)]
        differences, largest = 0.0, 0.0
        for ids, ours in zip(sequences, octavo_logits(program, folder, sequences)):
            with torch.no_grad():
                theirs = model(torch.tensor([ids])).logits[0].numpy()
            differences = max(differences, np.abs(ours - theirs).max())
            largest = max(largest, np.abs(theirs).max())
    passed = differences <= LARGEST_DIFFERENCE * largest
    print(f"{'equal  ' if passed else 'DIFFERS'} {name}: {shards} file(s), largest logit {largest:.2f}, largest difference "
          f"{differences / largest:.1e} of it")
    return passed


def refuses(program, name, config, reason):
    with tempfile.TemporaryDirectory() as folder:
        save(config, "1GB", folder)
        answer = subprocess.run([program, folder], input=b"[1]\n", capture_output=True)
        message = answer.stderr.decode()
    passed = answer.returncode == 1 and message.count("\n") == 1 and reason in message and not answer.stdout
    print(f"{'refused' if passed else 'NOT REFUSED'} {name}: {message.strip().replace(folder, 'FOLDER')}")
    return passed


def main(programs):
    program = pathlib.Path(programs) / "tests/oracle/octavo_logits"
    torch.manual_seed(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    passed = [compare(program, *case) for case in CASES] + [refuses(program, *case) for case in REFUSED]
    sys.exit(not all(passed))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
