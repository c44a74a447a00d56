// Reader of NumPy's .npy: one array a file.
#include "sim/file/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/tensor.h"
#include "sim/file/widen.h"

namespace octavo::sim::file {
namespace {

/// What follows `'name':` in the header, a Python dictionary; empty if there is no such key.
std::string_view entry(std::string_view header, std::string_view name) {
  const std::size_t at = header.find(fmt::format("'{}':", name));
  if (at == header.npos) return {};
  std::string_view value = header.substr(at + name.size() + 3);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

/// The numbers of a tuple such as "(3, 4)", "(3,)" or "()"; nothing if it is none.
std::optional<std::vector<std::int64_t>> tuple(std::string_view text) {
  const std::size_t end = text.find(')');
  if (!text.starts_with('(') || end == text.npos) return std::nullopt;
  std::vector<std::int64_t> numbers;
  const char* at = text.data() + 1;
  const char* const last = text.data() + end;
  while (at != last) {
    std::int64_t number = 0;
    const auto [stop, failure] = std::from_chars(at, last, number);
    if (failure != std::errc() || number < 0) return std::nullopt;
    numbers.push_back(number);
    at = stop;
    while (at != last && (*at == ',' || *at == ' ')) ++at;
  }
  return numbers;
}

struct Dtype {
  char order = '|';       ///< < little-endian, > big-endian, | of one byte
  char kind = 'f';        ///< bool, i, u, float or complex
  std::int64_t size = 0;  ///< bytes
};

/// A dtype such as '<f4'; nothing if it is none of plain numbers (records, text, objects).
std::optional<Dtype> dtype(std::string_view text) {
  if (text.size() < 5 || text[0] != '\'') return std::nullopt;
  Dtype result{text[1], text[2], 0};
  const std::string_view orders("<>|"), kinds("biufc");
  const auto [stop, failure] = std::from_chars(text.data() + 3, text.data() + text.size(), result.size);
  const bool ends = failure == std::errc() && stop != text.data() + text.size() && *stop == '\'';
  if (!ends || orders.find(result.order) == orders.npos || kinds.find(result.kind) == kinds.npos) return std::nullopt;
  return result.size >= 1 && result.size <= 32 ? std::optional(result) : std::nullopt;
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::string& where) {
  const auto refuse = [&](std::string_view why) {
    throw Error(fmt::format("{}: {}", messages::printable(where), why));
  };
  const std::string_view file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr std::string_view kMagic = "\x93NUMPY";
  if (!file.starts_with(kMagic) || file.size() < 12) refuse("is no .npy file; write it with numpy.save");
  const auto byte = [&](std::size_t at) { return std::to_integer<std::size_t>(bytes[at]); };
  const bool wide = byte(6) >= 2;  // versions 2 and 3 have a length of four bytes
  const std::size_t length = byte(8) | byte(9) << 8 | (wide ? byte(10) << 16 | byte(11) << 24 : 0);
  const std::size_t begin = wide ? 12 : 10;
  if (length > file.size() - begin) refuse("the file ends within its header; it is truncated or damaged");
  const std::string_view header = file.substr(begin, length);

  const std::string_view descr = entry(header, "descr");
  const std::optional<Dtype> type = dtype(descr);
  if (!type)
    refuse(fmt::format("its elements are {}; only plain numbers are read", messages::printable(descr.substr(0, 16))));
  if (type->order == '>' && type->size > 1)
    refuse(fmt::format("its elements are big-endian; save a.astype('<{}{}') in place of a", type->kind, type->size));
  if (!entry(header, "fortran_order").starts_with("False"))
    refuse("it is not in C order; save numpy.ascontiguousarray(a) in place of a");
  std::optional<std::vector<std::int64_t>> shape = tuple(entry(header, "shape"));
  if (!shape) refuse("its header has no proper shape; the file is damaged");
  const std::size_t held = file.size() - begin - length;
  const std::optional<std::int64_t> count = element_count(*shape);
  std::int64_t asked = 0;
  if (!count || __builtin_mul_overflow(*count, type->size, &asked) || std::cmp_not_equal(asked, held))
    refuse(fmt::format("holds {} bytes where its shape asks for others; it is truncated or damaged", held));
  return {fmt::format("{}{}", type->kind, type->size), *std::move(shape), begin + length};
}

Npy::Npy(FileBytes file) : TensorFile(file.name), file_(std::move(file)) {
  NpyHeader header = parse_npy_header(file_.bytes, file_.name);
  offset_ = header.offset;
  add({.name = std::filesystem::path(file_.name).stem().string(),
       .dtype = std::move(header.dtype),
       .shape = std::move(header.shape),
       .begin = offset_,
       .end = file_.bytes.size()});
}

Tensor Npy::load_values(const TensorInfo& info) const {
  if (info.dtype == "f4") return view(info.shape, file_, info.begin);
  const auto convert = [&](void (*widen)(const std::byte*, std::int64_t, float*)) {
    return filled(info.shape,
                  [&](float* out) { widen(file_.bytes.data() + info.begin, element_count(info.shape).value(), out); });
  };
  if (info.dtype == "f2") return convert(widen_f16);
  if (info.dtype == "f8") return convert(narrow_f64);
  throw Error(fmt::format("{}: its elements are {}; only float16, float32 and float64 are read as tensors",
                          messages::printable(file_.name), info.dtype));
}

}  // namespace octavo::sim::file
