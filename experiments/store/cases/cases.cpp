// Reading and writing CASES.h5.
#include "experiments/store/cases/cases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>

#include "experiments/store/hdf5/file.h"
#include "experiments/store/provenance.h"
#include "experiments/store/replacement.h"
#include "experiments/store/runs/header.h"
#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::experiments::store {
namespace {

/// The shape of a dataset that must be there, with `rank` dimensions, none of them empty.
Shape shape_of(const Group& group, const std::string& name, std::size_t rank) {
  require(group, name);
  const Shape shape = group.shape(name);
  if (shape.size() != rank) refuse(group, fmt::format("'{}' has {} dimensions, expected {}", name, shape.size(), rank));
  for (const std::uint64_t extent : shape)
    if (extent == 0) refuse(group, fmt::format("'{}' is empty", name));
  return shape;
}

std::vector<std::uint8_t> read_codes(const Group& group, const std::string& name, const Shape& shape) {
  if (group.number_type(name) != Type::uint8)
    refuse(group, fmt::format("the elements of '{}' are no uint8 codes", name));
  return group.read<std::uint8_t>(name, shape);
}

std::optional<std::int64_t> count_of(const Group& group, const std::string& name) {
  if (!group.has_attribute(name)) return std::nullopt;
  return group.get_any_integer(name);
}

std::uint64_t extent(std::int64_t count) { return static_cast<std::uint64_t>(count); }

std::optional<Origin> read_origin(const Group& group) {
  if (!group.has_attribute("origin")) return std::nullopt;
  std::optional<Origin> origin = parse_origin(required_text(group, "origin"));
  if (!origin) refuse(group, "its origin is not of the form 'family W3, seed 1, count 2500, target sm90'");
  origin->operands_sha256 = required_text(group, "operands_sha256");
  return origin;
}

/// The results of a product whose operands are not in the file.
void read_answers(const Group& group, ProductCase& data) {
  const Shape results = shape_of(group, "d", data.layout == CaseLayout::gemm ? 2 : 1);
  data.d = read_bits(group, "d", results);
  data.a_rows = static_cast<std::int64_t>(results.front());
  data.b_rows = static_cast<std::int64_t>(results.back());
  if (!group.has_attribute("output")) {
    if (data.d.width == 8) refuse(group, "'d' has elements of 8 bits; results have 16 or 32");
    return;
  }
  data.call = LibraryCall{.output = group.get_any_text("output")};
  if (output_bits(data.call->output) != data.d.width)
    refuse(group, fmt::format("'d' has elements of {} bits, but the output is {}", data.d.width,
                              messages::printable(data.call->output)));
  if (group.has_attribute("amax")) data.call->amax = std::bit_cast<std::uint32_t>(group.get_any_float("amax"));
}

ProductCase read_product(const Group& group, bool answers_only) {
  ProductCase data;
  data.a_format = required_text(group, "a_format");
  data.b_format = required_text(group, "b_format");
  const std::string layout = required_text(group, "layout");
  if (layout != "gemm" && layout != "dots")
    refuse(group, fmt::format("its layout is {}; give gemm or dots", messages::printable(layout)));
  data.layout = layout == "gemm" ? CaseLayout::gemm : CaseLayout::dots;
  data.promotion = count_of(group, "promotion");
  data.split_k = count_of(group, "split_k");
  if (group.has_attribute("algorithm")) data.algorithm = group.get_any_text("algorithm");
  if (answers_only) {
    read_answers(group, data);
    return data;
  }
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
    return read_bits(group, name, results);
  };
  if (group.has("c")) data.c = read_results("c");
  data.d = read_results("d");
  if (group.has("call")) {
    if (data.layout != CaseLayout::gemm) refuse(group, "it has a call, but its layout is not gemm");
    data.call = read_call(group.open("call"), data.a_rows, data.b_rows, data.depth);
    const int width = output_bits(data.call->output);
    if (data.d.width != width)
      refuse(group, fmt::format("'d' has elements of {} bits, but the output is {}", data.d.width, data.call->output));
    if (data.c && data.c->width != std::max(width, 16))
      refuse(group, fmt::format("'c' has elements of {} bits; beside an output of {} it has {}", data.c->width,
                                data.call->output, std::max(width, 16)));
  }
  for (const auto& [name, width] : {std::pair("c", data.c ? data.c->width : 32), std::pair("d", data.d.width)})
    if (width == 8 && !data.call)
      refuse(group, fmt::format("'{}' has elements of 8 bits; results have 16 or 32", name));
  if (group.has("selected")) {
    if (data.layout != CaseLayout::dots || data.depth % 4 != 0)
      refuse(group, "it has a selection of a, which needs layout dots and a K that is a multiple of 4");
    data.selected = read_codes(group, "selected", {a[0], a[1] / 4});
  }
  return data;
}

ConversionCase read_conversion(const Group& group, bool answers_only) {
  const bool digests = group.has("digest");
  const std::string output = digests ? "digest" : "output";
  if (answers_only) return {{}, read_bits(group, output, shape_of(group, output, 1)), digests};
  require(group, "input");
  require(group, output);
  const Shape shape = group.shape("input");
  if (group.shape(output) != shape)
    refuse(group, fmt::format("input has shape {} and {} {}; give one {} for each input", shape, output,
                              group.shape(output), output));
  for (const std::uint64_t extent : shape)
    if (extent == 0) refuse(group, "'input' is empty");
  return {read_bits(group, "input", shape), read_bits(group, output, shape), digests};
}

void write_case(const Group& group, const Case& one) {
  group.set("operation", one.operation);
  group.set("source", one.source);
  if (one.origin) {  // two attributes: HDF5 stores more than eight at four times the size
    group.set("origin", to_string(*one.origin));
    group.set("operands_sha256", one.origin->operands_sha256);
  }
  if (const auto* conversion = std::get_if<ConversionCase>(&one.data)) {
    const Shape shape{conversion->output.values.size()};
    if (!one.answers_only) write_bits(group, "input", conversion->input, shape, conversion->digests);
    if (conversion->digests)
      group.write<std::uint32_t>("digest", conversion->output.values, shape);
    else
      write_bits(group, "output", conversion->output, shape);
    return;
  }
  const auto& data = std::get<ProductCase>(one.data);
  group.set("a_format", data.a_format);
  group.set("b_format", data.b_format);
  group.set("layout", data.layout == CaseLayout::gemm ? "gemm" : "dots");
  if (data.promotion) group.set("promotion", *data.promotion);
  if (data.split_k) group.set("split_k", *data.split_k);
  if (!data.algorithm.empty()) group.set("algorithm", data.algorithm);
  if (one.answers_only) {
    const bool matrix = data.layout == CaseLayout::gemm;
    write_bits(group, "d", data.d,
               matrix ? Shape{extent(data.a_rows), extent(data.b_rows)} : Shape{extent(data.a_rows)},
               data.call && is_bf16(data.call->output));
    if (data.call) group.set("output", data.call->output);
    if (data.call && data.call->amax) group.set("amax", std::bit_cast<float>(*data.call->amax));
    return;
  }
  group.write<std::uint8_t>("a", data.a, {extent(data.a_rows), extent(data.depth)});
  group.write<std::uint8_t>("b", data.b, {extent(data.b_rows), extent(data.depth)});
  const Shape results =
      data.layout == CaseLayout::gemm ? Shape{extent(data.a_rows), extent(data.b_rows)} : Shape{extent(data.a_rows)};
  const bool bf16 = data.call && is_bf16(data.call->output);
  if (data.c) write_bits(group, "c", *data.c, results, bf16);
  write_bits(group, "d", data.d, results, bf16);
  if (data.call) write_call(group.create("call"), *data.call);
  if (!data.selected.empty())
    group.write<std::uint8_t>("selected", data.selected, {extent(data.a_rows), extent(data.depth / 4)});
}

/// The root of a file of cases.
Group checked_root(const File& file, const std::filesystem::path& path) {
  Group root = file.root();
  if (root.has_attribute("schema") && root.get_any_text("schema") != kCasesSchema)
    throw Error(
        fmt::format("cannot read {}: its schema is {}, expected '{}'; give recorded cases, such as octavo "
                    "capture writes",
                    path.string(), messages::printable(root.get_any_text("schema")), kCasesSchema));
  if (root.has_attribute("schema_version") && root.get_any_integer("schema_version") != kCasesVersion)
    throw Error(fmt::format("cannot read {}: its schema_version is {}; this octavo reads {}", path.string(),
                            root.get_any_integer("schema_version"), kCasesVersion));
  if (!root.has("cases"))
    throw Error(
        fmt::format("cannot read {}: it has no group 'cases'; see CASES.h5 in docs/hdf5-schema.md", path.string()));
  return root;
}

}  // namespace

std::vector<Case> read_cases(const std::filesystem::path& path) {
  const File file = File::open(path);
  const Group root = checked_root(file, path);
  const Group cases = root.open("cases");
  std::vector<Case> all;
  for (const std::string& id : cases.names()) {
    const Group group = cases.open(id);
    Case one;
    one.id = id;
    one.operation = required_text(group, "operation");
    one.source = group.has_attribute("source") ? group.get_any_text("source") : "unknown";
    one.origin = read_origin(group);
    const bool conversion = one.operation.starts_with("cvt.");
    one.answers_only = one.origin && !group.has(conversion ? "input" : "a");
    if (conversion)
      one.data = read_conversion(group, one.answers_only);
    else
      one.data = read_product(group, one.answers_only);
    all.push_back(std::move(one));
  }
  if (all.empty() && !root.has("refused"))
    throw Error(fmt::format("cannot read {}: its group 'cases' is empty", path.string()));
  return all;
}

std::vector<Refused> read_refused(const std::filesystem::path& path) {
  const File file = File::open(path);
  const Group root = checked_root(file, path);
  std::vector<Refused> all;
  if (!root.has("refused")) return all;
  const Group refused = root.open("refused");
  for (const std::string& id : refused.names()) {
    const Group group = refused.open(id);
    all.push_back(
        {id, required_text(group, "operation"), required_text(group, "source"), required_text(group, "words")});
  }
  return all;
}

void write_cases(const std::filesystem::path& path, const std::vector<Case>& cases,
                 const std::vector<Refused>& refused) {
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
    if (!refused.empty()) {
      const Group all = root.create("refused");
      for (const Refused& one : refused) {
        const Group words = all.create(one.id);
        words.set("operation", one.operation);
        words.set("source", one.source);
        words.set("words", one.words);
      }
    }
  }
  file.close();
  replacement.commit();
}

}  // namespace octavo::experiments::store
