// Token ids from a NumPy file: see token_ids.h.
#include "sim/text/token_ids.h"

#include <fmt/format.h>

#include <cstring>
#include <span>
#include <utility>

#include "messages/error.h"
#include "sim/file/file_bytes.h"
#include "sim/file/npy.h"

namespace octavo::sim::text {
namespace {

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
                                +id, vocabulary_size));
      }
      document.push_back(static_cast<std::int32_t>(id));
    }
  }
  return documents;
}

}  // namespace

std::vector<Document> parse_token_ids(std::string_view bytes, std::int64_t vocabulary_size, const std::string& where) {
  const auto all = std::as_bytes(std::span(bytes));
  const file::NpyHeader header = file::parse_npy_header(all, where);
  const auto refuse = [&](const std::string& what) {
    throw Error(
        fmt::format("{}: {}; token ids are a .npy array of integers with one dimension, or two "
                    "([texts, length])",
                    where, what));
  };
  std::vector<std::int64_t> shape = header.shape;
  if (shape.size() == 1) shape.insert(shape.begin(), 1);
  if (shape.size() != 2) refuse("has neither one nor two dimensions");
  if (shape[0] == 0 || shape[1] == 0) refuse("is empty");
  const std::string_view values = bytes.substr(header.offset);
  const auto row_count = static_cast<std::uint64_t>(shape[0]);
  const auto length = static_cast<std::uint64_t>(shape[1]);
  if (header.dtype == "i1") return rows<std::int8_t>(values, row_count, length, vocabulary_size, where);
  if (header.dtype == "u1") return rows<std::uint8_t>(values, row_count, length, vocabulary_size, where);
  if (header.dtype == "i2") return rows<std::int16_t>(values, row_count, length, vocabulary_size, where);
  if (header.dtype == "u2") return rows<std::uint16_t>(values, row_count, length, vocabulary_size, where);
  if (header.dtype == "i4") return rows<std::int32_t>(values, row_count, length, vocabulary_size, where);
  if (header.dtype == "u4") return rows<std::uint32_t>(values, row_count, length, vocabulary_size, where);
  if (header.dtype == "i8") return rows<std::int64_t>(values, row_count, length, vocabulary_size, where);
  if (header.dtype != "u8") refuse(fmt::format("its elements are {}", header.dtype));
  return rows<std::uint64_t>(values, row_count, length, vocabulary_size, where);
}

std::vector<Document> read_token_ids(const std::filesystem::path& path, std::int64_t vocabulary_size) {
  return parse_token_ids(file::file_bytes(path), vocabulary_size, path.string());
}

}  // namespace octavo::sim::text
