"""Token ids of 10,000 lines by Octavo, compared with PyPI's `tokenizers` and `sentencepiece`: every id has to be equal.
Added tokens strewn into the lines: see token_added.py.

    python3 -m venv .venv-oracle
    .venv-oracle/bin/pip install tokenizers sentencepiece protobuf gguf
    .venv-oracle/bin/python tests/oracle/token_ids.py build/release/tests/oracle/octavo_tokenize SHARED [SMOLLM2.gguf]

SHARED is the folder with data/text, data/tokenizers and data/stories260K.
"""

import json
import random
import struct
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

LINES = 10_000
LLAMA3_REGEX = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
                r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def lines(shared):
    """Prose, and strings made to hurt: scripts, white space, digits, contractions, emoji, all mixed."""
    rng = random.Random(20230917)
    prose = []
    for name in ("tinyshakespeare.txt", "moby_dick.txt"):
        text = (shared / "data/text" / name).read_text()
        prose += [line for line in text.split("\n") if line][:2000]
        for _ in range(500):  # with line ends inside
            at = rng.randrange(len(text) - 400)
            prose.append(text[at:at + rng.randrange(1, 400)])

    def assigned(first, last):
        return [chr(c) for c in range(first, last) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]

    anything = assigned(0x0, 0x30000)
    latin = assigned(0x20, 0x250)
    cjk = assigned(0x3000, 0x30FF) + assigned(0x4E00, 0x9FFF) + assigned(0xAC00, 0xD7A3)
    emoji = assigned(0x1F300, 0x1FAFF) + ["\u200d", "\ufe0f", "\u2764"]
    digits = list("0123456789") * 4 + [c for c in anything if unicodedata.category(c) in ("Nd", "Nl", "No")]
    spaces = list("    \n\n\t\r") + ["\r\n", "\v", "\f", "\x1c", "\x85", "\xa0", "\u1680", "\u180e", "\u2003", "\u2028",
                                       "\u202f", "\u205f", "\u3000", "\u200b", "\u2581", "  ", "\n\n"]
    words = ["I'll", "we've", "it's", "CAN'T", "you'Re", "'tis", "d'", "''s", " 's", "o'clock", "don\u2019t", "'\u017f",
             "hello", "World", " the", " of", "<s>", "</s>", "<|endoftext|>", "<0x0A>", "__", "--", "...", "a1b2", "\u212a"]
    ascii_ = [chr(c) for c in range(128)]
    pools = [anything, latin, cjk, emoji, digits, spaces, words, ascii_]

    made = []
    while len(prose) + len(made) < LINES:
        kind = rng.randrange(len(pools) + 2)
        if kind < len(pools):
            line = rng.choices(pools[kind], k=rng.randrange(1, 60))
        else:
            line = [rng.choice(rng.choice(pools)) for _ in range(rng.randrange(1, 60))]
        made.append("".join(line))
    return prose + made


def octavo(program, path, size, texts, *flags):
    given = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run([program, *flags, str(path), str(size)], input=given, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(name, ours, theirs, texts):
    differing = [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    print(f"{name:44} {len(texts)} lines, {sum(map(len, theirs))} ids: {len(differing)} lines differ")
    for i in differing[:5]:
        print(f"  {texts[i]!r}\n    octavo {ours[i]}\n    theirs {theirs[i]}")
    return not differing


def byte_level(vocabulary, merges, pre_tokenizer, **options):
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, **options))
    tokenizer.pre_tokenizer = pre_tokenizer
    return tokenizer


def encode(tokenizer, texts):
    return [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)]


def gpt2_files(shared):
    vocabulary = json.loads((shared / "data/tokenizers/gpt2_encoder.json").read_text())
    lines_ = (shared / "data/tokenizers/gpt2_vocab.bpe").read_text(encoding="utf-8").split("\n")[1:]
    return vocabulary, [tuple(line.split(" ")) for line in lines_ if line]


def smollm2_files(path):
    from gguf import GGUFReader
    fields = GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = fields["tokenizer.ggml.merges"].contents()
    return {token: i for i, token in enumerate(tokens)}, [tuple(merge.split(" ")) for merge in merges]


def llama2_json(model, metaspace):
    """A SentencePiece BPE model as a Hugging Face tokenizer: a merge for every split of every piece, best piece first."""
    vocabulary = {model.id_to_piece(i): i for i in range(model.get_piece_size())}
    merges = []
    for piece, i in vocabulary.items():
        if model.is_byte(i) or model.is_control(i) or model.is_unknown(i):
            continue
        sides = [(piece[:k], piece[k:]) for k in range(1, len(piece))]
        sides = [(a, b) for a, b in sides if a in vocabulary and b in vocabulary]
        merges += [(-model.get_score(i), vocabulary[a], vocabulary[b], a, b) for a, b in sides]
    merges = [(a, b) for *_, a, b in sorted(merges)]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if metaspace:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="first", split=False)
    else:
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def llama2c_as_sentencepiece(path):
    """A llama2.c tokenizer file as a SentencePiece model."""
    content = path.read_bytes()
    model = sentencepiece_model_pb2.ModelProto()
    model.trainer_spec.model_type = 2
    model.trainer_spec.byte_fallback = True
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.remove_extra_whitespaces = False
    at = 4
    while at < len(content):
        score, length = struct.unpack_from("<fi", content, at)
        token = content[at + 8:at + 8 + length].decode()
        at += 8 + length
        i = len(model.pieces)
        kind = 2 if i == 0 else 3 if i < 3 else 6 if i < 259 else 1
        name = {0: "<unk>", 1: "<s>", 2: "</s>"}.get(i, token.replace(" ", "\u2581"))
        model.pieces.add(piece=name, score=score, type=kind)
    return sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())


def main(program, shared, smollm2=None):
    shared = Path(shared)
    texts = lines(shared)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)

        def check(name, tokenizer, special=()):
            nonlocal good
            tokenizer.add_special_tokens([AddedToken(token, special=True) for token in special])
            theirs = encode(tokenizer, texts)
            path = folder / f"{name.split(',')[0].replace(' ', '-')}.json"
            tokenizer.save(str(path))
            good &= compare(name, octavo(program, path, tokenizer.get_vocab_size(), texts), theirs, texts)
            return theirs

        gpt2 = gpt2_files(shared)
        theirs = check("GPT-2, tokenizer.json", byte_level(*gpt2, pre_tokenizers.ByteLevel(add_prefix_space=False)),
                       ["<|endoftext|>"])
        for name in ("encoder.json", "vocab.bpe"):
            (folder / name).write_bytes((shared / "data/tokenizers" / f"gpt2_{name}").read_bytes())
        ours = octavo(program, folder / "encoder.json", len(gpt2[0]), texts)
        good &= compare("GPT-2, encoder.json and vocab.bpe", ours, theirs, texts)

        split = pre_tokenizers.Split(Regex(LLAMA3_REGEX), "isolated")
        unsplit = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        check("Llama 3's split on GPT-2's vocabulary",
              byte_level(*gpt2, pre_tokenizers.Sequence([split, unsplit]), ignore_merges=True))

        if smollm2:
            digits = pre_tokenizers.Digits(individual_digits=True)
            byte_level_ = pre_tokenizers.ByteLevel(add_prefix_space=False)
            check("SmolLM2, tokenizer.json",
                  byte_level(*smollm2_files(smollm2), pre_tokenizers.Sequence([digits, byte_level_])),
                  ["<|endoftext|>", "<|im_start|>", "<|im_end|>"])

        sentencepiece.SentencePieceTrainer.train(
            input=str(shared / "data/text/tinyshakespeare.txt"), model_prefix=str(folder / "llama2"), vocab_size=4000,
            model_type="bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
            split_digits=True, allow_whitespace_only_pieces=True, character_coverage=0.9995, minloglevel=2)
        model = sentencepiece.SentencePieceProcessor(model_file=str(folder / "llama2.model"))
        ours = octavo(program, folder / "llama2.model", 4000, texts, "--no-special")  # <s> is text to the library
        good &= compare("Llama 2's family, tokenizer.model", ours, model.encode(texts), texts)
        check("Llama 2's family with Prepend, tokenizer.json", llama2_json(model, metaspace=False))
        check("Llama 2's family with Metaspace, tokenizer.json", llama2_json(model, metaspace=True))

        tok512 = shared / "data/stories260K/tok512.bin"
        ours = octavo(program, tok512, 512, texts)
        good &= compare("stories260K, tok512.bin", ours, llama2c_as_sentencepiece(tok512).encode(texts), texts)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
