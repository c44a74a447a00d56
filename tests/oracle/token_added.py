"""Token ids of 10,000 lines with added tokens strewn in, by Octavo and by PyPI's `tokenizers`: every id has to be equal,
with special tokens cut out of the text and with special tokens as text. Of tokenizer.model, by PyPI's `sentencepiece`.

    python3 -m venv .venv-oracle
    .venv-oracle/bin/pip install tokenizers sentencepiece protobuf gguf
    .venv-oracle/bin/python tests/oracle/token_added.py build/release/tests/oracle/octavo_tokenize SHARED [SMOLLM2.gguf]

SHARED is the folder with data/text, data/tokenizers and data/stories260K.
"""

import random
import re
import sys
import tempfile
from pathlib import Path

import sentencepiece
from tokenizers import AddedToken, Regex, pre_tokenizers

from token_ids import (LLAMA3_REGEX, byte_level, compare, encode, gpt2_files, lines, llama2_json,
                       llama2c_as_sentencepiece, octavo, smollm2_files)

# One inside another, overlaps, white space, words, what a normalizer changes, what the vocabulary has already.
ADDED = [
    AddedToken("<|im_start|>", special=True, normalized=False),
    AddedToken("<|im_end|>", special=True, normalized=False, rstrip=True),
    AddedToken("<mask>", special=True, normalized=False, lstrip=True),
    AddedToken("<both>", special=True, normalized=False, lstrip=True, rstrip=True),
    AddedToken("<normal>", special=True, normalized=True),
    AddedToken("<|im_start|>user", normalized=False),
    AddedToken("im", normalized=False, single_word=True),
    AddedToken("th", normalized=True, single_word=True),
    AddedToken("    ", normalized=False),
    AddedToken("\n\n", normalized=False),
    AddedToken("\u00e9t\u00e9", normalized=False, single_word=True, rstrip=True),
    AddedToken("new york", normalized=True),
    AddedToken("york city", normalized=False),
    AddedToken("abc", normalized=True, lstrip=True),
    AddedToken("cd", normalized=True, rstrip=True),
    AddedToken("\u4e2d\u6587", normalized=True),
    AddedToken("e", special=True, normalized=False, single_word=True),
]
AROUND = ["", "", "", " ", "  ", "\n", "\t ", "\u3000", "x", "_", "-", "\u0301", "\u2581", "7", "\u00e9"]


def strewn(texts):
    rng = random.Random(11)
    contents = [token.content for token in ADDED] + ["<|im_start|", "new york city", "abcd", "     ", "\n\n\n"]
    made = []
    for text in texts:
        for _ in range(rng.randrange(5)):
            at = rng.choice([0, len(text), rng.randrange(len(text) + 1)])
            text = text[:at] + rng.choice(AROUND) + rng.choice(contents) + rng.choice(AROUND) + text[at:]
        made.append(text)
    return made


def cut_special(model, special, texts):
    """Ids of a SentencePiece model where its control and unknown pieces are cut out and the rest is texts of their own."""
    pattern = re.compile("(" + "|".join(map(re.escape, special)) + ")")
    result = []
    for text in texts:
        ids = []
        for part in pattern.split(text):
            ids += [model.piece_to_id(part)] if part in special else model.encode(part) if part else []
        result.append(ids)
    return result


def main(program, shared, smollm2=None):
    shared = Path(shared)
    texts = strewn(lines(shared))
    good = True
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)

        def check(name, tokenizer):
            nonlocal good
            tokenizer.add_tokens(ADDED)
            path = folder / f"{name.split(',')[0].replace(' ', '-')}.json"
            tokenizer.save(str(path))
            for flags, as_text in (((), False), (("--no-special",), True)):
                tokenizer.encode_special_tokens = as_text
                theirs = encode(tokenizer, texts)
                ours = octavo(program, path, tokenizer.get_vocab_size(), texts, *flags)
                good &= compare(f"{name}{' as text' if as_text else ''}", ours, theirs, texts)

        gpt2 = gpt2_files(shared)
        check("GPT-2", byte_level(*gpt2, pre_tokenizers.ByteLevel(add_prefix_space=False)))
        split = pre_tokenizers.Split(Regex(LLAMA3_REGEX), "isolated")
        unsplit = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        check("Llama 3's split on GPT-2's vocabulary",
              byte_level(*gpt2, pre_tokenizers.Sequence([split, unsplit]), ignore_merges=True))
        if smollm2:
            digits = pre_tokenizers.Digits(individual_digits=True)
            byte_level_ = pre_tokenizers.ByteLevel(add_prefix_space=False)
            check("SmolLM2", byte_level(*smollm2_files(smollm2), pre_tokenizers.Sequence([digits, byte_level_])))

        user_defined = ["<sep>", "abc", "\u2581new\u2581york", "  ", "\u4e2d\u6587"]
        sentencepiece.SentencePieceTrainer.train(
            input=str(shared / "data/text/tinyshakespeare.txt"), model_prefix=str(folder / "llama2"), vocab_size=4000,
            model_type="bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
            split_digits=True, allow_whitespace_only_pieces=True, character_coverage=0.9995, minloglevel=2,
            user_defined_symbols=user_defined, control_symbols=["<ctl>"])
        model = sentencepiece.SentencePieceProcessor(model_file=str(folder / "llama2.model"))
        rng = random.Random(12)
        pieces = ["<sep>", "abc", " new york", "new york", "  ", "   ", "<ctl>", "<s>", "</s>", "<unk>", "\u4e2d\u6587"]
        marked = []
        for text in texts:
            for _ in range(rng.randrange(4)):
                at = rng.randrange(len(text) + 1)
                text = text[:at] + rng.choice(pieces) + text[at:]
            marked.append(text)
        ours = octavo(program, folder / "llama2.model", 4000, marked, "--no-special")
        good &= compare("tokenizer.model as text", ours, model.encode(marked), marked)
        special = ["<ctl>", "<s>", "</s>", "<unk>"]
        good &= compare("tokenizer.model", octavo(program, folder / "llama2.model", 4000, marked),
                        cut_special(model, special, marked), marked)
        check("Llama 2's family with Prepend", llama2_json(model, metaspace=False))
        check("Llama 2's family with Metaspace", llama2_json(model, metaspace=True))
        check("stories260K with Prepend", llama2_json(llama2c_as_sentencepiece(shared / "data/stories260K/tok512.bin"),
                                                      metaspace=False))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
