// The vocabulary of a SentencePiece model file: see sentencepiece_vocabulary.h.
#include "sim/text/vocabulary/sentencepiece_vocabulary.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <optional>
#include <utility>

#include "messages/error.h"
#include "sim/file/file_bytes.h"
#include "sim/text/vocabulary/protobuf_fields.h"

namespace octavo::sim::text {
namespace {

using Kind = ProtobufField::Kind;

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(
      fmt::format("{}: {} is not supported: Octavo reads SentencePiece models as Llama 2 has them, BPE with byte "
                  "fallback and without normalization",
                  where, what));
}

/// Calls use(field) for each field of `message` that has the kind its number should have; a field of another kind is
/// broken.
template <class Use>
void for_each_field(std::string_view message, const std::string& where, const Use& use) {
  ProtobufFields fields(message, where);
  while (const std::optional<ProtobufField> field = fields.next()) use(*field);
}

void expect(Kind expected, const ProtobufField& field, const std::string& where) {
  if (field.kind != expected) throw Error(fmt::format("{}: is no SentencePiece model (field {})", where, field.number));
}

void read_piece(std::string_view message, const std::string& where, Vocabulary& vocabulary) {
  std::string_view piece;
  float score = 0;
  std::uint64_t type = 1;
  for_each_field(message, where, [&](const ProtobufField& field) {
    if (field.number == 1) {
      expect(Kind::bytes, field, where);
      piece = field.bytes;
    } else if (field.number == 2) {
      expect(Kind::fixed32, field, where);
      score = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
    } else if (field.number == 3) {
      expect(Kind::varint, field, where);
      type = field.value;
    }
  });
  const std::size_t id = vocabulary.tokens.size();
  // The library looks for user-defined pieces in the normalized text; programs cut the others out before.
  if (type >= 2 && type <= 4 && !piece.empty())
    vocabulary.added.push_back({.id = static_cast<std::int32_t>(id),
                                .content = std::string(piece),
                                .special = type != 4,
                                .normalized = type == 4});
  switch (type) {
    case 1:
      vocabulary.types.push_back(TokenType::normal);
      break;
    case 2:
      vocabulary.types.push_back(TokenType::unknown);
      vocabulary.unknown = static_cast<std::int32_t>(id);
      break;
    case 3:
      vocabulary.types.push_back(TokenType::control);
      break;
    case 4:
      vocabulary.types.push_back(TokenType::user_defined);
      break;
    case 5:
      refuse(where, fmt::format("the unused piece {:?}", piece));
    case 6:
      vocabulary.types.push_back(TokenType::byte);
      break;
    default:
      refuse(where, fmt::format("piece type {}", type));
  }
  vocabulary.tokens.emplace_back(piece);
  vocabulary.scores.push_back(score);
}

/// What a model says about its training that bears on ids; the defaults are the format's.
struct TrainerSpec {
  std::uint64_t model_type = 1;
  bool space_as_suffix = false;
  std::int64_t bos = 1, eos = 2;
};

TrainerSpec read_trainer(std::string_view message, const std::string& where) {
  TrainerSpec trainer;
  for_each_field(message, where, [&](const ProtobufField& field) {
    if (field.number != 3 && field.number != 24 && field.number != 41 && field.number != 42) return;
    expect(Kind::varint, field, where);
    if (field.number == 3) trainer.model_type = field.value;
    if (field.number == 24) trainer.space_as_suffix = field.value != 0;
    if (field.number == 41) trainer.bos = static_cast<std::int64_t>(field.value);
    if (field.number == 42) trainer.eos = static_cast<std::int64_t>(field.value);
  });
  return trainer;
}

struct NormalizerSpec {
  std::string_view name, rules;
  bool add_space_prefix = true, remove_spaces = true, escape_spaces = true;
};

NormalizerSpec read_normalizer(std::string_view message, const std::string& where) {
  NormalizerSpec normalizer;
  for_each_field(message, where, [&](const ProtobufField& field) {
    if (field.number == 1 || field.number == 2) {
      expect(Kind::bytes, field, where);
      (field.number == 1 ? normalizer.name : normalizer.rules) = field.bytes;
    } else if (field.number >= 3 && field.number <= 5) {
      expect(Kind::varint, field, where);
      if (field.number == 3) normalizer.add_space_prefix = field.value != 0;
      if (field.number == 4) normalizer.remove_spaces = field.value != 0;
      if (field.number == 5) normalizer.escape_spaces = field.value != 0;
    }
  });
  return normalizer;
}

}  // namespace

Vocabulary parse_sentencepiece_vocabulary(std::string_view bytes, const std::string& where) {
  Vocabulary vocabulary;
  vocabulary.algorithm = Algorithm::sentencepiece_bpe;
  TrainerSpec trainer;
  NormalizerSpec normalizer;
  for_each_field(bytes, where, [&](const ProtobufField& field) {
    if (field.number < 1 || field.number > 3) return;
    expect(Kind::bytes, field, where);
    if (field.number == 1) read_piece(field.bytes, where, vocabulary);
    if (field.number == 2) trainer = read_trainer(field.bytes, where);
    if (field.number == 3) normalizer = read_normalizer(field.bytes, where);
  });
  if (vocabulary.tokens.empty()) throw Error(fmt::format("{}: is no SentencePiece model (it has no pieces)", where));
  switch (trainer.model_type) {
    case 1:
      refuse(where, "a unigram model");
    case 2:
      break;
    case 3:
      refuse(where, "a word model");
    case 4:
      refuse(where, "a character model");
    default:
      refuse(where, fmt::format("model type {}", trainer.model_type));
  }
  if (!normalizer.rules.empty()) refuse(where, fmt::format("normalizer {:?}", normalizer.name));
  if (normalizer.remove_spaces) refuse(where, "a normalizer that removes extra spaces");
  if (!normalizer.escape_spaces) refuse(where, "a normalizer that does not escape spaces");
  if (trainer.space_as_suffix) refuse(where, "a space as a suffix");
  vocabulary.add_space_prefix = normalizer.add_space_prefix;

  const auto control = [&](std::int64_t id) -> std::optional<std::int32_t> {
    const bool is_there = id >= 0 && std::cmp_less(id, vocabulary.tokens.size());
    if (!is_there || vocabulary.types[static_cast<std::size_t>(id)] != TokenType::control) return std::nullopt;
    return static_cast<std::int32_t>(id);
  };
  vocabulary.bos = control(trainer.bos);
  vocabulary.eos = control(trainer.eos);
  vocabulary.add_bos = vocabulary.bos.has_value();
  return vocabulary;
}

Vocabulary read_sentencepiece_vocabulary(const std::filesystem::path& path) {
  return parse_sentencepiece_vocabulary(file::file_bytes(path), path.string());
}

}  // namespace octavo::sim::text
