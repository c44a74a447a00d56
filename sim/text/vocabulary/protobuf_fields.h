// The fields of a protobuf message, one after the other, straight from its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace octavo::sim::text {

/// `number` says which field it is. Varints and fixed-size values are in `value` (binary32 as its bits, negative
/// integers as two's complement), strings and nested messages are `bytes`, a view of the message.
struct ProtobufField {
  std::uint32_t number = 0;
  enum class Kind : std::uint8_t { varint, fixed64, bytes, fixed32 } kind = Kind::varint;
  std::uint64_t value = 0;
  std::string_view bytes;
};

class ProtobufFields {
 public:
  /// `where` names the file in errors.
  ProtobufFields(std::string_view message, std::string where) : rest_(message), where_(std::move(where)) {}

  /// The next field, or nothing at the end. Throws Error where the bytes are no protobuf message.
  std::optional<ProtobufField> next();

 private:
  [[noreturn]] void refuse() const;
  std::uint64_t varint();
  std::string_view take(std::uint64_t count);
  std::uint64_t fixed(std::size_t count);

  std::string_view rest_;
  std::string where_;
};

}  // namespace octavo::sim::text
