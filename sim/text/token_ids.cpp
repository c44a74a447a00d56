// Token ids from a NumPy file: see token_ids.h.
#include "sim/text/token_ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "formats/error.h"
#include "sim/text/file_bytes.h"

namespace octavo::sim::text {
namespace {

static_assert(std::endian::native == std::endian::little, "ids are copied as they are");

/// What follows `'name':` in the header, a Python dictionary; empty if there is no such key.
std::string_view entry(std::string_view header, std::string_view name) {
  const std::size_t at = header.find(fmt::format("'{}':", name));
  if (at == header.npos) return {};
  std::string_view value = header.substr(at + name.size() + 3);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

/// The numbers of a tuple such as "(3, 4)" or "(3,)"; nothing if it is none.
std::optional<std::vector<std::uint64_t>> tuple(std::string_view text) {
  const std::size_t end = text.find(')');
  if (!text.starts_with('(') || end == text.npos) return std::nullopt;
  std::vector<std::uint64_t> numbers;
  const char* at = text.data() + 1;
  const char* const last = text.data() + end;
  while (at != last) {
    std::uint64_t number = 0;
    const auto [stop, failure] = std::from_chars(at, last, number);
    if (failure != std::errc()) return std::nullopt;
    numbers.push_back(number);
    at = stop;
    while (at != last && (*at == ',' || *at == ' ')) ++at;
  }
  return numbers;
}

template <class T>
std::vector<Document> rows(std::string_view values, std::uint64_t row_count, std::uint64_t length,
                           std::int64_t vocabulary_size, const std::string& where) {
  std::vector<Document> documents(row_count);
  std::size_t offset = 0;
  for (Document& document : documents) {
    document.reserve(length);
    for (std::uint64_t i = 0; i < length; ++i, offset += sizeof(T)) {
      T id{};
      std::memcpy(&id, values.data() + offset, sizeof(T));
      if (std::cmp_less(id, 0) || std::cmp_greater_equal(id, vocabulary_size)) {
        throw Error(fmt::format("{}: element {} is {}, which is no token of the model's {}", where, offset / sizeof(T),
                                id, vocabulary_size));
      }
      document.push_back(static_cast<std::int32_t>(id));
    }
  }
  return documents;
}

}  // namespace

std::vector<Document> parse_token_ids(std::string_view bytes, std::int64_t vocabulary_size, const std::string& where) {
  const auto refuse = [&](const std::string& what) {
    throw Error(
        fmt::format("{}: {}; token ids are a .npy array of int32, int64 or uint16 with one dimension, or two "
                    "([texts, length])",
                    where, what));
  };
  constexpr std::string_view kMagic = "\x93NUMPY";
  if (!bytes.starts_with(kMagic) || bytes.size() < 12) refuse("is no .npy file");
  const auto byte = [&](std::size_t at) { return std::uint64_t{static_cast<unsigned char>(bytes[at])}; };
  const bool wide = byte(6) >= 2;  // versions 2 and 3 have a length of four bytes
  const std::uint64_t header_length = byte(8) | byte(9) << 8 | (wide ? byte(10) << 16 | byte(11) << 24 : 0);
  const std::size_t header_begin = wide ? 12 : 10;
  if (header_length > bytes.size() - header_begin) refuse("the file ends within its header");
  const std::string_view header = bytes.substr(header_begin, header_length);
  const std::string_view values = bytes.substr(header_begin + header_length);

  const std::string_view type = entry(header, "descr").substr(0, 5);
  const std::uint64_t size = type == "'<i4'" ? 4 : type == "'<i8'" ? 8 : type == "'<u2'" ? 2 : 0;
  if (size == 0) refuse(fmt::format("its elements are {:?}", type));
  if (!entry(header, "fortran_order").starts_with("False")) refuse("is not in C order");
  std::vector<std::uint64_t> shape = tuple(entry(header, "shape")).value_or(std::vector<std::uint64_t>{});
  if (shape.size() == 1) shape.insert(shape.begin(), 1);
  if (shape.size() != 2) refuse("has neither one nor two dimensions");
  const std::uint64_t count = values.size() / size;
  const bool fits = shape[0] != 0 && shape[1] != 0 && shape[0] <= count / shape[1];
  if (!fits || shape[0] * shape[1] * size != values.size()) {
    refuse(fmt::format("holds {} bytes where its shape ({}, {}) asks for others", values.size(), shape[0], shape[1]));
  }
  if (size == 2) return rows<std::uint16_t>(values, shape[0], shape[1], vocabulary_size, where);
  if (size == 4) return rows<std::int32_t>(values, shape[0], shape[1], vocabulary_size, where);
  return rows<std::int64_t>(values, shape[0], shape[1], vocabulary_size, where);
}

std::vector<Document> read_token_ids(const std::filesystem::path& path, std::int64_t vocabulary_size) {
  return parse_token_ids(file_bytes(path), vocabulary_size, path.string());
}

}  // namespace octavo::sim::text
