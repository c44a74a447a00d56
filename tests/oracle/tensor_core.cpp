// octavo_tensor_core: products of codes from raw bytes, for tests/oracle/tensor_core.py to compare with other models.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "formats/catalog.h"
#include "messages/error.h"
#include "sim/gemm/tensor_core/epilogue.h"
#include "sim/gemm/tensor_core/kernels/engine.h"
#include "sim/gemm/tensor_core/reference.h"

namespace {

using namespace octavo;
using namespace octavo::sim::gemm;
using formats::Accumulator;
using nlohmann::json;

template <class T>
std::vector<T> read(std::size_t count) {
  std::vector<T> values(count);
  if (std::fread(values.data(), sizeof(T), count, stdin) != count) throw Error("standard input ends early");
  return values;
}

Accumulator accumulator_of(const json& job) {
  return job.at("accumulator") == "f16" ? Accumulator::f16 : Accumulator::f32;
}

/// One instruction an output: a and b [count][depth], then scales of a and b [count][scales] if there are any, then c
/// [count] as uint32.
template <class Code>
std::vector<std::uint32_t> dots(const json& job) {
  const Architecture& row =
      architecture(job.at("row").get<std::string>(), accumulator_of(job), job.value("variant", ""));
  const formats::Spec a_format = formats::spec(job.at("a").get<std::string>());
  const formats::Spec b_format = formats::spec(job.at("b").get<std::string>());
  const auto count = job.at("count").get<std::size_t>();
  const auto depth = static_cast<std::size_t>(row.depth);
  const auto scales = job.value("scales", std::size_t{0});
  const auto a = read<Code>(count * depth);
  const auto b = read<Code>(count * depth);
  const auto a_scales = read<std::uint8_t>(count * scales);
  const auto b_scales = read<std::uint8_t>(count * scales);
  const auto c = read<std::uint32_t>(count);
  std::vector<std::uint32_t> d(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::span x = std::span(a).subspan(i * depth, depth);
    const std::span y = std::span(b).subspan(i * depth, depth);
    if constexpr (sizeof(Code) == 1) {
      if (scales > 0) {
        const ScaleCodes of{formats::spec(job.at("scale_format").get<std::string>()),
                            std::span(a_scales).subspan(i * scales, scales),
                            std::span(b_scales).subspan(i * scales, scales)};
        d[i] = dot_add(row, a_format, b_format, x, y, of, c[i]);
        continue;
      }
    }
    d[i] = dot_add(row, a_format, b_format, x, y, c[i]);
  }
  return d;
}

/// The same through the engine and its kernels: the diagonals of products of a few rows.
std::vector<std::uint32_t> dots_by_engine(const json& job) {
  const TensorCoreProduct product{
      .architecture = job.at("row"), .accumulator = accumulator_of(job), .variant = job.value("variant", "")};
  const auto engine = make_tensor_core(product);
  const std::int64_t depth = resolve(product).depth;
  const std::int64_t count = job.at("count");
  const std::int64_t scales = job.value("scales", std::int64_t{0});
  const auto a = read<std::uint8_t>(static_cast<std::size_t>(count * depth));
  const auto b = read<std::uint8_t>(a.size());
  const auto a_scales = read<std::uint8_t>(static_cast<std::size_t>(count * scales));
  const auto b_scales = read<std::uint8_t>(a_scales.size());
  const auto c = read<std::uint32_t>(static_cast<std::size_t>(count));
  std::vector<std::uint32_t> d(c.size());
  constexpr std::int64_t kRows = 32;
  for (std::int64_t first = 0; first < count; first += kRows) {
    const std::int64_t rows = std::min(kRows, count - first);
    const auto pack = [&](Side side) {
      const bool is_a = side == Side::a;
      Operand operand = Operand::of_codes((is_a ? a : b).data() + first * depth,
                                          formats::spec(job.at(is_a ? "a" : "b").get<std::string>()), rows, depth);
      if (scales > 0)
        operand.scales = {.shape = {.rows = 1,
                                    .depth = depth / scales,
                                    .format = formats::spec(job.at("scale_format").get<std::string>())},
                          .row_stride = scales,
                          .depth_stride = 1,
                          .codes = (is_a ? a_scales : b_scales).data() + first * scales};
      return engine->pack(side, operand);
    };
    std::vector<float> sums(static_cast<std::size_t>(rows * rows));
    const auto diagonal = [&](std::int64_t i) -> float& { return sums[static_cast<std::size_t>(i * rows + i)]; };
    for (std::int64_t i = 0; i < rows; ++i)
      diagonal(i) = accumulator_value(product.accumulator, c[static_cast<std::size_t>(first + i)]);
    engine->multiply(*pack(Side::a), *pack(Side::b), sums.data(), rows, true);
    for (std::int64_t i = 0; i < rows; ++i)
      d[static_cast<std::size_t>(first + i)] = diagonal(i) != diagonal(i) && product.accumulator == Accumulator::f16
                                                   ? kNanF16
                                                   : accumulator_bits(product.accumulator, diagonal(i));
  }
  return d;
}

/// A product with its library layer: a [m][k], b [n][k]; the result has the bits of the output type, m x n.
std::vector<std::uint32_t> product(const json& job) {
  TensorCoreProduct product{
      .architecture = job.at("row"), .accumulator = accumulator_of(job), .promotion = job.at("promotion")};
  product.split = {.parts = job.at("parts"),
                   .layout = job.at("layout") == "contiguous" ? SplitLayout::contiguous : SplitLayout::interleaved,
                   .tile = job.at("tile"),
                   .order = job.at("order") == "ascending" ? SplitOrder::ascending : SplitOrder::pairwise};
  Epilogue epilogue;
  epilogue.a_scale = job.at("a_scale");
  epilogue.b_scale = job.at("b_scale");
  epilogue.output_scale = job.at("output_scale");
  if (job.at("output") != "f32") epilogue.output = formats::spec(job.at("output").get<std::string>());
  const std::int64_t m = job.at("m");
  const std::int64_t n = job.at("n");
  const std::int64_t k = job.at("k");
  const auto a = read<std::uint8_t>(static_cast<std::size_t>(m * k));
  const auto b = read<std::uint8_t>(static_cast<std::size_t>(n * k));
  const auto engine = make_tensor_core(product);
  std::vector<float> accumulators(static_cast<std::size_t>(m * n));
  engine->multiply(
      *engine->pack(Side::a, Operand::of_codes(a.data(), formats::spec(job.at("a").get<std::string>()), m, k)),
      *engine->pack(Side::b, Operand::of_codes(b.data(), formats::spec(job.at("b").get<std::string>()), n, k)),
      accumulators.data(), n);
  std::vector<std::uint32_t> d(accumulators.size());
  for (std::size_t i = 0; i < d.size(); ++i)
    d[i] = epilogue_output(epilogue, epilogue_value(epilogue, accumulators[i], 0.0F, 0.0F));
  return d;
}

}  // namespace

/// Takes the job as one JSON object, its operands from standard input; writes the results as uint32.
int main(int argc, char** argv) try {
  if (argc != 2) {
    fmt::print(stderr, "usage: octavo_tensor_core JOB.json-text < operands > results\n");
    return 2;
  }
  const json job = json::parse(argv[1]);
  const std::vector<std::uint32_t> d = job.at("run") == "product"       ? product(job)
                                       : job.at("run") == "engine"      ? dots_by_engine(job)
                                       : job.at("row") == "hopper-hmma" ? dots<std::uint16_t>(job)
                                                                        : dots<std::uint8_t>(job);
  return std::fwrite(d.data(), sizeof d[0], d.size(), stdout) == d.size() ? 0 : 1;
} catch (const std::exception& failure) {
  fmt::print(stderr, "octavo_tensor_core: {}\n", failure.what());
  return 1;
}
