// Reading and writing CASES.h5.
#include "experiments/store/cases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>

#include "experiments/store/file.h"
#include "experiments/store/header.h"
#include "experiments/store/provenance.h"
#include "experiments/store/replacement.h"
#include "formats/error.h"
#include "sim/model/printable.h"

namespace octavo::experiments::store {
namespace {

using sim::model::printable;

[[noreturn]] void refuse(const Group& group, const std::string& why) {
  throw Error(fmt::format("cannot read {}: {}", group.where(), why));
}

void require(const Group& group, const std::string& dataset) {
  if (!group.has(dataset))
    refuse(group, fmt::format("it has no dataset '{}'; see CASES.h5 in docs/hdf5-schema.md", dataset));
}

/// The shape of a dataset that must be there, with `rank` dimensions, none of them empty.
Shape shape_of(const Group& group, const std::string& name, std::size_t rank) {
  require(group, name);
  const Shape shape = group.shape(name);
  if (shape.size() != rank) refuse(group, fmt::format("'{}' has {} dimensions, expected {}", name, shape.size(), rank));
  for (const std::uint64_t extent : shape)
    if (extent == 0) refuse(group, fmt::format("'{}' is empty", name));
  return shape;
}

template <class T>
std::vector<std::uint32_t> widened(const std::vector<T>& values) {
  std::vector<std::uint32_t> bits;
  bits.reserve(values.size());
  for (const T& value : values) {
    if constexpr (sizeof(T) == 4)
      bits.push_back(std::bit_cast<std::uint32_t>(value));
    else if constexpr (sizeof(T) == 2)
      bits.push_back(std::bit_cast<std::uint16_t>(value));
    else
      bits.push_back(value);
  }
  return bits;
}

/// Numbers of 8, 16 or 32 bits, or unsigned integers that hold their bits.
Bits read_bits(const Group& group, const std::string& name, const Shape& shape) {
  require(group, name);
  switch (group.number_type(name).value_or(Type::text)) {
    case Type::uint8:
      return {8, widened(group.read<std::uint8_t>(name, shape))};
    case Type::uint16:
      return {16, widened(group.read<std::uint16_t>(name, shape))};
    case Type::float16:
      return {16, widened(group.read<Half>(name, shape))};
    case Type::uint32:
      return {32, widened(group.read<std::uint32_t>(name, shape))};
    case Type::float32:
      return {32, widened(group.read<float>(name, shape))};
    default:
      refuse(group, fmt::format("the elements of '{}' are neither float32 nor float16 nor their bits as uint32, uint16 "
                                "or uint8",
                                name));
  }
}

std::vector<std::uint8_t> read_codes(const Group& group, const std::string& name, const Shape& shape) {
  if (group.number_type(name) != Type::uint8)
    refuse(group, fmt::format("the elements of '{}' are no uint8 codes", name));
  return group.read<std::uint8_t>(name, shape);
}

std::string text_of(const Group& group, const std::string& name) {
  if (!group.has_attribute(name)) refuse(group, fmt::format("it has no attribute '{}'", name));
  return group.get_any_text(name);
}

std::optional<std::int64_t> count_of(const Group& group, const std::string& name) {
  if (!group.has_attribute(name)) return std::nullopt;
  return group.get_any_integer(name);
}

ProductCase read_product(const Group& group) {
  ProductCase data;
  data.a_format = text_of(group, "a_format");
  data.b_format = text_of(group, "b_format");
  const std::string layout = text_of(group, "layout");
  if (layout != "gemm" && layout != "dots")
    refuse(group, fmt::format("its layout is {}; give gemm or dots", printable(layout)));
  data.layout = layout == "gemm" ? CaseLayout::gemm : CaseLayout::dots;
  data.promotion = count_of(group, "promotion");
  data.split_k = count_of(group, "split_k");
  const Shape a = shape_of(group, "a", 2);
  const Shape b = shape_of(group, "b", 2);
  if (a[1] != b[1])
    refuse(group, fmt::format("a is {} x {} and b {} x {}: both need the same K, their second dimension", a[0], a[1],
                              b[0], b[1]));
  if (data.layout == CaseLayout::dots && a[0] != b[0])
    refuse(group, fmt::format("a has {} rows and b {}; in layout dots they go in pairs", a[0], b[0]));
  data.a = read_codes(group, "a", a);
  data.b = read_codes(group, "b", b);
  data.a_rows = static_cast<std::int64_t>(a[0]);
  data.b_rows = static_cast<std::int64_t>(b[0]);
  data.depth = static_cast<std::int64_t>(a[1]);
  const Shape results = data.layout == CaseLayout::gemm ? Shape{a[0], b[0]} : Shape{a[0]};
  const auto read_results = [&](const std::string& name) {
    const Shape shape = shape_of(group, name, results.size());
    if (shape != results) refuse(group, fmt::format("'{}' has shape {}, expected {}", name, shape, results));
    const Bits bits = read_bits(group, name, results);
    if (bits.width == 8) refuse(group, fmt::format("'{}' has elements of 8 bits; results have 16 or 32", name));
    return bits;
  };
  if (group.has("c")) data.c = read_results("c");
  data.d = read_results("d");
  return data;
}

ConversionCase read_conversion(const Group& group) {
  require(group, "input");
  require(group, "output");
  const Shape shape = group.shape("input");
  if (group.shape("output") != shape)
    refuse(group, fmt::format("input has shape {} and output {}; give one output for each input", shape,
                              group.shape("output")));
  for (const std::uint64_t extent : shape)
    if (extent == 0) refuse(group, "'input' is empty");
  return {read_bits(group, "input", shape), read_bits(group, "output", shape)};
}

void write_bits(const Group& group, const std::string& name, const Bits& bits, const Shape& shape) {
  if (bits.width == 8) {
    group.write<std::uint8_t>(name, std::vector<std::uint8_t>(bits.values.begin(), bits.values.end()), shape);
  } else if (bits.width == 16) {
    std::vector<Half> halves;
    for (const std::uint32_t value : bits.values) halves.push_back({static_cast<std::uint16_t>(value)});
    group.write<Half>(name, halves, shape);
  } else {
    std::vector<float> floats;
    for (const std::uint32_t value : bits.values) floats.push_back(std::bit_cast<float>(value));
    group.write<float>(name, floats, shape);
  }
}

void write_case(const Group& group, const Case& one) {
  group.set("operation", one.operation);
  group.set("source", one.source);
  if (const auto* conversion = std::get_if<ConversionCase>(&one.data)) {
    const Shape shape{conversion->input.values.size()};
    write_bits(group, "input", conversion->input, shape);
    write_bits(group, "output", conversion->output, shape);
    return;
  }
  const auto& data = std::get<ProductCase>(one.data);
  group.set("a_format", data.a_format);
  group.set("b_format", data.b_format);
  group.set("layout", data.layout == CaseLayout::gemm ? "gemm" : "dots");
  if (data.promotion) group.set("promotion", *data.promotion);
  if (data.split_k) group.set("split_k", *data.split_k);
  const auto extent = [](std::int64_t count) { return static_cast<std::uint64_t>(count); };
  group.write<std::uint8_t>("a", data.a, {extent(data.a_rows), extent(data.depth)});
  group.write<std::uint8_t>("b", data.b, {extent(data.b_rows), extent(data.depth)});
  const Shape results =
      data.layout == CaseLayout::gemm ? Shape{extent(data.a_rows), extent(data.b_rows)} : Shape{extent(data.a_rows)};
  if (data.c) write_bits(group, "c", *data.c, results);
  write_bits(group, "d", data.d, results);
}

}  // namespace

std::vector<Case> read_cases(const std::filesystem::path& path) {
  const File file = File::open(path);
  const Group root = file.root();
  if (root.has_attribute("schema") && root.get_any_text("schema") != kCasesSchema)
    throw Error(
        fmt::format("cannot read {}: its schema is {}, expected '{}'; give recorded cases, such as octavo "
                    "capture writes",
                    path.string(), printable(root.get_any_text("schema")), kCasesSchema));
  if (root.has_attribute("schema_version") && root.get_any_integer("schema_version") != kCasesVersion)
    throw Error(fmt::format("cannot read {}: its schema_version is {}; this octavo reads {}", path.string(),
                            root.get_any_integer("schema_version"), kCasesVersion));
  if (!root.has("cases"))
    throw Error(
        fmt::format("cannot read {}: it has no group 'cases'; see CASES.h5 in docs/hdf5-schema.md", path.string()));
  const Group cases = root.open("cases");
  std::vector<Case> all;
  for (const std::string& id : cases.names()) {
    const Group group = cases.open(id);
    Case one;
    one.id = id;
    one.operation = text_of(group, "operation");
    one.source = group.has_attribute("source") ? group.get_any_text("source") : "unknown";
    if (one.operation.starts_with("cvt."))
      one.data = read_conversion(group);
    else
      one.data = read_product(group);
    all.push_back(std::move(one));
  }
  if (all.empty()) throw Error(fmt::format("cannot read {}: its group 'cases' is empty", path.string()));
  return all;
}

void write_cases(const std::filesystem::path& path, const std::vector<Case>& cases) {
  Replacement replacement(path);
  File file = File::create(replacement.temporary(), path.string());
  {
    const Group root = file.root();
    root.set("schema", kCasesSchema);
    root.set("schema_version", kCasesVersion);
    root.set("program_version", build().program_version);
    root.set("git_commit", build().git_commit);
    const Group group = root.create("cases");
    for (const Case& one : cases) write_case(group.create(one.id), one);
  }
  file.close();
  replacement.commit();
}

}  // namespace octavo::experiments::store
