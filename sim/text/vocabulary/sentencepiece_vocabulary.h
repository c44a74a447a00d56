// The vocabulary of a SentencePiece model file (tokenizer.model), as Llama 2 ships it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

/// Reads the protobuf message ModelProto of sentencepiece_model.proto: pieces with scores and types, the model type,
/// the special ids, the normalizer. BPE with byte fallback and without normalization only; unigram, word and character
/// models, normalizers (nmt_nfkc, ...) and unused pieces are refused by name, so that ids are the library's wherever
/// the file is accepted. User-defined pieces are added tokens. So are control and unknown pieces, as special ones: the
/// library itself takes <s> in a text for three characters (special_as_text), programs that read such files (Hugging
/// Face's LlamaTokenizer, llama.cpp) for the token. If the model has a BOS piece, a text begins with it. Throws Error,
/// naming `where`.
Vocabulary parse_sentencepiece_vocabulary(std::string_view bytes, const std::string& where);

/// The same from a file.
Vocabulary read_sentencepiece_vocabulary(const std::filesystem::path& path);

}  // namespace octavo::sim::text
