// The key-value section of a GGUF file.
#include "sim/file/gguf/gguf_metadata.h"

#include <array>
#include <limits>

namespace octavo::sim::file {
namespace {

constexpr std::uint32_t type_count = 13;

/// Bytes of a value of fixed size, by type; 0 for text and arrays.
constexpr std::array<std::uint64_t, type_count> sizes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

constexpr std::uint64_t size_of(GgufType type) { return sizes[static_cast<std::size_t>(type)]; }

template <class Number>
Number load(const std::byte* at) {
  Number value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::string_view take_text(ByteCursor& cursor, std::string_view what) {
  const auto length = cursor.read<std::uint64_t>(what);
  const auto bytes = cursor.take(length, what);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

GgufType take_type(const FileBytes& file, ByteCursor& cursor) {
  const std::uint64_t offset = cursor.offset();
  const auto id = cursor.read<std::uint32_t>("a metadata type");
  if (id >= type_count) {
    throw Error(fmt::format("{}: metadata type {} at byte {} is unknown; the file is damaged",
                            messages::printable(file.name), id, offset));
  }
  return static_cast<GgufType>(id);
}

/// Moves over `count` values of `type`. Arrays of arrays may be nested a few deep, as no file needs.
void skip(const FileBytes& file, ByteCursor& cursor, GgufType type, std::uint64_t count, int depth) {
  constexpr int deepest = 4;
  constexpr std::string_view what = "a metadata value";
  if (const std::uint64_t size = size_of(type); size > 0) {
    std::uint64_t total = 0;
    if (__builtin_mul_overflow(size, count, &total)) total = std::numeric_limits<std::uint64_t>::max();
    cursor.take(total, what);
    return;
  }
  if (type == GgufType::array && depth == deepest) {
    throw Error(fmt::format("{}: metadata arrays at byte {} are nested more than {} deep; the file is damaged",
                            messages::printable(file.name), cursor.offset(), deepest));
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    if (type == GgufType::text) {
      take_text(cursor, what);
    } else {
      const GgufType element = take_type(file, cursor);
      const auto inner = cursor.read<std::uint64_t>(what);
      skip(file, cursor, element, inner, depth + 1);
    }
  }
}

}  // namespace

GgufMetadata GgufMetadata::read(const FileBytes& file, ByteCursor& cursor, std::uint64_t count) {
  GgufMetadata metadata;
  metadata.file_name_ = file.name;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view key = take_text(cursor, "a metadata key");
    if (!metadata.values_.emplace(key, read_value(file, cursor)).second) {
      metadata.refuse(key, "is there twice; the file is damaged");
    }
  }
  return metadata;
}

GgufMetadata::Value GgufMetadata::read_value(const FileBytes& file, ByteCursor& cursor) {
  Value value{take_type(file, cursor), GgufType::u8, 1, {}};
  if (value.type == GgufType::array) {
    value.element = take_type(file, cursor);
    value.count = cursor.read<std::uint64_t>("a metadata array's length");
  }
  const std::uint64_t begin = cursor.offset();
  skip(file, cursor, value.type == GgufType::array ? value.element : value.type, value.count, 1);
  value.bytes = file.bytes.subspan(begin, cursor.offset() - begin);
  return value;
}

std::vector<std::string_view> GgufMetadata::keys() const {
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : values_) keys.push_back(key);
  return keys;
}

const GgufMetadata::Value* GgufMetadata::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

const GgufMetadata::Value* GgufMetadata::find_array(std::string_view key) const {
  const Value* const value = find(key);
  if (value != nullptr && value->type != GgufType::array) refuse(key, "is not an array");
  return value;
}

void GgufMetadata::refuse(std::string_view key, std::string_view why) const {
  throw Error(fmt::format("{}: metadata key {} {}", messages::printable(file_name_), messages::printable(key), why));
}

std::int64_t GgufMetadata::to_integer(std::string_view key, GgufType type, const std::byte* at) const {
  switch (type) {
    case GgufType::u8:
      return load<std::uint8_t>(at);
    case GgufType::i8:
      return load<std::int8_t>(at);
    case GgufType::u16:
      return load<std::uint16_t>(at);
    case GgufType::i16:
      return load<std::int16_t>(at);
    case GgufType::u32:
      return load<std::uint32_t>(at);
    case GgufType::i32:
      return load<std::int32_t>(at);
    case GgufType::i64:
      return load<std::int64_t>(at);
    case GgufType::u64:
      if (load<std::int64_t>(at) < 0) refuse(key, "is too large");
      return load<std::int64_t>(at);
    default:
      refuse(key, "is not an integer");
  }
}

double GgufMetadata::to_number(std::string_view key, GgufType type, const std::byte* at) const {
  if (type == GgufType::f32) return static_cast<double>(load<float>(at));
  if (type == GgufType::f64) return load<double>(at);
  return static_cast<double>(to_integer(key, type, at));
}

std::optional<std::string> GgufMetadata::text(std::string_view key) const {
  const Value* const value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->type != GgufType::text) refuse(key, "is not text");
  const auto content = value->bytes.subspan(sizeof(std::uint64_t));
  return std::string(reinterpret_cast<const char*>(content.data()), content.size());
}

std::optional<std::int64_t> GgufMetadata::integer(std::string_view key) const {
  const Value* const value = find(key);
  if (value == nullptr) return std::nullopt;
  return to_integer(key, value->type, value->bytes.data());
}

std::optional<double> GgufMetadata::number(std::string_view key) const {
  const Value* const value = find(key);
  if (value == nullptr) return std::nullopt;
  return to_number(key, value->type, value->bytes.data());
}

std::optional<bool> GgufMetadata::boolean(std::string_view key) const {
  const Value* const value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->type != GgufType::boolean) refuse(key, "is not true or false");
  return value->bytes.front() != std::byte{0};
}

std::int64_t GgufMetadata::required_integer(std::string_view key) const {
  const auto value = integer(key);
  if (!value) refuse(key, "is missing");
  return *value;
}

double GgufMetadata::required_number(std::string_view key) const {
  const auto value = number(key);
  if (!value) refuse(key, "is missing");
  return *value;
}

std::vector<std::string> GgufMetadata::texts(std::string_view key) const {
  std::vector<std::string> result;
  const Value* const value = find_array(key);
  if (value == nullptr) return result;
  if (value->element != GgufType::text) refuse(key, "is not an array of texts");
  const FileBytes part{file_name_, value->bytes, nullptr};
  ByteCursor cursor(part);
  for (std::uint64_t i = 0; i < value->count; ++i) result.emplace_back(take_text(cursor, "a text"));
  return result;
}

std::vector<std::int64_t> GgufMetadata::integers(std::string_view key) const {
  std::vector<std::int64_t> result;
  const Value* const value = find_array(key);
  if (value == nullptr) return result;
  const std::byte* at = value->bytes.data();
  for (std::uint64_t i = 0; i < value->count; ++i, at += size_of(value->element)) {
    result.push_back(to_integer(key, value->element, at));
  }
  return result;
}

std::vector<float> GgufMetadata::floats(std::string_view key) const {
  std::vector<float> result;
  const Value* const value = find_array(key);
  if (value == nullptr) return result;
  const std::byte* at = value->bytes.data();
  for (std::uint64_t i = 0; i < value->count; ++i, at += size_of(value->element)) {
    result.push_back(static_cast<float>(to_number(key, value->element, at)));
  }
  return result;
}

}  // namespace octavo::sim::file
