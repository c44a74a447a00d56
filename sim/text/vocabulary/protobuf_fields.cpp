// The fields of a protobuf message: see protobuf_fields.h.
#include "sim/text/vocabulary/protobuf_fields.h"

#include <fmt/format.h>

#include "messages/error.h"

namespace octavo::sim::text {

void ProtobufFields::refuse() const {
  throw Error(fmt::format("{}: is no protobuf message (broken {} bytes before its end): is the file whole?", where_,
                          rest_.size()));
}

std::uint64_t ProtobufFields::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) refuse();
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  refuse();
}

std::string_view ProtobufFields::take(std::uint64_t count) {
  if (count > rest_.size()) refuse();
  const std::string_view bytes = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return bytes;
}

std::uint64_t ProtobufFields::fixed(std::size_t count) {
  std::uint64_t value = 0;
  int shift = 0;
  for (const char c : take(count)) {
    value |= std::uint64_t{static_cast<unsigned char>(c)} << shift;
    shift += 8;
  }
  return value;
}

std::optional<ProtobufField> ProtobufFields::next() {
  if (rest_.empty()) return std::nullopt;
  using Kind = ProtobufField::Kind;
  const std::uint64_t tag = varint();
  if (tag >> 3 == 0 || tag >> 32 != 0) refuse();
  const auto number = static_cast<std::uint32_t>(tag >> 3);
  switch (tag & 7) {
    case 0:
      return ProtobufField{number, Kind::varint, varint(), {}};
    case 1:
      return ProtobufField{number, Kind::fixed64, fixed(8), {}};
    case 2:
      return ProtobufField{number, Kind::bytes, 0, take(varint())};
    case 5:
      return ProtobufField{number, Kind::fixed32, fixed(4), {}};
    default:
      refuse();  // groups are gone from protobuf since its third version
  }
}

}  // namespace octavo::sim::text
