// Reader of NumPy's .npy: one array a file.
#include "sim/file/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "formats/span/quantize.h"
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

/// The value of `descr` as Python writes it: a text in quotes, or a list of fields; what is there if it is neither.
std::string_view literal(std::string_view text) {
  if (text.starts_with('\'')) {
    const std::size_t end = text.find('\'', 1);
    return text.substr(0, end == text.npos ? text.npos : end + 1);
  }
  if (!text.starts_with('[')) return text.substr(0, 16);
  std::size_t open = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '[') ++open;
    if (text[at] == ']' && --open == 0) return text.substr(0, at + 1);
  }
  return text;
}

struct Dtype {
  char order = '|';       ///< < little-endian, > big-endian, | of one byte, or bytes without an order
  char kind = 'f';        ///< bool, i, u, float, complex or Void
  std::int64_t size = 0;  ///< bytes
};

/// A dtype such as '<f4'; nothing if it is none of numbers or of plain bytes (records, text, objects).
std::optional<Dtype> dtype(std::string_view text) {
  if (text.size() < 5 || text[0] != '\'') return std::nullopt;
  Dtype result{text[1], text[2], 0};
  const std::string_view orders("<>|"), kinds("biufcV");
  const auto [stop, failure] = std::from_chars(text.data() + 3, text.data() + text.size(), result.size);
  const bool ends = failure == std::errc() && stop != text.data() + text.size() && *stop == '\'';
  if (!ends || orders.find(result.order) == orders.npos || kinds.find(result.kind) == kinds.npos) return std::nullopt;
  return result.size >= 1 && result.size <= 32 ? std::optional(result) : std::nullopt;
}

/// How NpyHeader calls it. NumPy writes bytes without a meaning as |V2, and numbers of a type that it does not know
/// with their order: of those by ml_dtypes, only bfloat16 has two bytes, and only float8_e5m2 calls itself a float.
std::string name_of(const Dtype& type) {
  if (type.order == '<' && type.kind == 'V' && type.size == 2) return "bfloat16";
  if (type.kind == 'f' && type.size == 1) return "float8_e5m2";
  return fmt::format("{}{}", type.kind, type.size);
}

/// Why a dtype without a name is refused, and what to save instead.
std::string unnamed(std::string_view descr) {
  constexpr std::size_t kMost = 60;
  std::string_view value = literal(descr);
  if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'') value = value.substr(1, value.size() - 2);
  std::string shown(value.substr(0, kMost));
  if (value.size() > kMost) shown += "...";
  const bool fields = descr.starts_with('[');
  return fmt::format("its elements are {}; only plain numbers are read{}", messages::printable(shown),
                     fields ? ": save one field, a['name'], in place of a" : ": save a.astype(numpy.float32)");
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
  if (!type) refuse(unnamed(descr));
  if (type->order == '>' && type->size > 1) {
    if (type->kind == 'V') refuse("its elements are big-endian; save a.astype(numpy.float32) in place of a");
    refuse(fmt::format("its elements are big-endian; save a.astype('<{}{}') in place of a", type->kind, type->size));
  }
  if (!entry(header, "fortran_order").starts_with("False"))
    refuse("it is not in C order; save numpy.ascontiguousarray(a) in place of a");
  std::optional<std::vector<std::int64_t>> shape = tuple(entry(header, "shape"));
  if (!shape) refuse("its header has no proper shape; the file is damaged");
  const std::size_t held = file.size() - begin - length;
  const std::optional<std::int64_t> count = element_count(*shape);
  std::int64_t asked = 0;
  if (!count || __builtin_mul_overflow(*count, type->size, &asked) || std::cmp_not_equal(asked, held))
    refuse(fmt::format("holds {} bytes where its shape asks for others; it is truncated or damaged", held));
  return {name_of(*type), *std::move(shape), begin + length};
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
  const std::byte* const first = file_.bytes.data() + info.begin;
  const std::int64_t count = element_count(info.shape).value();
  const auto convert = [&](void (*widen)(const std::byte*, std::int64_t, float*)) {
    return filled(info.shape, [&](float* out) { widen(first, count, out); });
  };
  if (info.dtype == "f2") return convert(widen_f16);
  if (info.dtype == "bfloat16") return convert(widen_bf16);
  if (info.dtype == "f8") return convert(narrow_f64);
  if (info.dtype == "float8_e5m2") {
    const std::span codes(reinterpret_cast<const std::uint8_t*>(first), static_cast<std::size_t>(count));
    return filled(info.shape, [&](float* out) { formats::decode(formats::e5m2, codes, {out, codes.size()}); });
  }
  if (info.dtype == "V1")
    throw Error(
        fmt::format("{}: its elements are of one byte, of a type that NumPy writes without a name (float8_e4m3fn "
                    "and others by ml_dtypes); save a.astype(numpy.float32)",
                    messages::printable(file_.name)));
  throw Error(
      fmt::format("{}: its elements are {}; only float16, bfloat16, float32, float64 and float8_e5m2 are read as "
                  "tensors: save a.astype(numpy.float32)",
                  messages::printable(file_.name), info.dtype));
}

bool Npy::loads(const TensorInfo& info) const {
  return info.dtype == "f4" || info.dtype == "f2" || info.dtype == "f8" || info.dtype == "bfloat16" ||
         info.dtype == "float8_e5m2";
}

}  // namespace octavo::sim::file
