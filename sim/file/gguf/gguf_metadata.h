// The key-value section of a GGUF file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/file/byte_cursor.h"

namespace octavo::sim::file {

enum class GgufType : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, text, array, u64, i64, f64 };

/// Keys and their values, checked once and left where they are in the file, whose bytes must outlive it. A getter gives
/// nothing for a key that is absent and throws Error, naming the key, for a value of another type.
class GgufMetadata {
 public:
  /// Reads `count` pairs at the cursor.
  static GgufMetadata read(const FileBytes& file, ByteCursor& cursor, std::uint64_t count);

  std::vector<std::string_view> keys() const;  ///< in alphabetical order
  bool contains(std::string_view key) const { return values_.contains(key); }
  std::optional<std::string> text(std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key) const;  ///< of any integer type
  std::optional<double> number(std::string_view key) const;         ///< of any integer or float type
  std::optional<bool> boolean(std::string_view key) const;
  std::int64_t required_integer(std::string_view key) const;  ///< throws Error if the key is absent
  double required_number(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;  ///< empty if the key is absent
  std::vector<std::int64_t> integers(std::string_view key) const;
  std::vector<float> floats(std::string_view key) const;

 private:
  struct Value {
    GgufType type;
    GgufType element;  ///< of an array
    std::uint64_t count;
    std::span<const std::byte> bytes;
  };

  static Value read_value(const FileBytes& file, ByteCursor& cursor);
  const Value* find(std::string_view key) const;
  const Value* find_array(std::string_view key) const;
  [[noreturn]] void refuse(std::string_view key, std::string_view why) const;
  std::int64_t to_integer(std::string_view key, GgufType type, const std::byte* at) const;
  double to_number(std::string_view key, GgufType type, const std::byte* at) const;

  std::string file_name_;
  std::map<std::string_view, Value> values_;
};

}  // namespace octavo::sim::file
