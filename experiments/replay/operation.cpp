// The table of operations.
#include "experiments/replay/operation.h"

#include <fmt/format.h>

#include <charconv>

#include "messages/error.h"
#include "messages/nearest.h"
#include "messages/printable.h"

namespace octavo::experiments::capture {
namespace {

using formats::Accumulator;
using formats::Overflow;
using formats::Rounding;
using formats::Spec;
using sim::gemm::TensorCoreProduct;

struct Operand {
  const char* name;
  Spec spec;
};

const std::vector<Operand> kFp8{{"e4m3", formats::e4m3}, {"e5m2", formats::e5m2}};
const std::vector<Operand> kFp6Fp4{{"e3m2", formats::e3m2}, {"e2m3", formats::e2m3}, {"e2m1", formats::e2m1}};

std::vector<Operand> with_fp6_fp4() {
  std::vector<Operand> all = kFp8;
  all.insert(all.end(), kFp6Fp4.begin(), kFp6Fp4.end());
  return all;
}

TensorCoreProduct instruction(const std::string& architecture, Accumulator accumulator,
                              const std::string& variant = {}) {
  TensorCoreProduct product;
  product.architecture = architecture;
  product.accumulator = accumulator;
  product.variant = variant;
  return product;
}

/// Accumulators times operand pairs, named prefix.ACCUMULATOR.A.B.suffix.
void add_instructions(std::vector<NamedOperation>& all, const std::string& prefix, const std::string& suffix,
                      const std::string& architecture, const std::string& variant, const std::vector<Operand>& operands,
                      bool sparse = false) {
  for (const Accumulator accumulator : {Accumulator::f32, Accumulator::f16})
    for (const Operand& a : operands)
      for (const Operand& b : operands)
        all.push_back({fmt::format("{}.{}.{}.{}{}", prefix, name(accumulator), a.name, b.name, suffix),
                       ProductOperation{instruction(architecture, accumulator, variant), a.spec, b.spec, sparse}});
}

void add_products(std::vector<NamedOperation>& all) {
  add_instructions(all, "wgmma.m64n8k32", "", "hopper-wgmma", "", kFp8);
  add_instructions(all, "wgmma.sp.m64n8k64", "", "hopper-wgmma", "", kFp8, true);
  add_instructions(all, "mma.m16n8k16", ".sm89", "ada-mma", "k16", kFp8);
  add_instructions(all, "mma.m16n8k16", ".sm90", "hopper-mma", "k16", kFp8);
  add_instructions(all, "mma.m16n8k16", ".sm100", "hopper-mma", "k16", kFp8);
  add_instructions(all, "mma.m16n8k16", ".sm120", "blackwell-mma", "k16", kFp8);
  add_instructions(all, "mma.m16n8k32", ".sm89", "ada-mma", "", kFp8);
  // sm_90 and sm_100 have no FP8 mma.sync of their own: ptxas builds it of FP16 ones, the same way for both.
  add_instructions(all, "mma.m16n8k32", ".sm90", "hopper-mma", "", kFp8);
  add_instructions(all, "mma.m16n8k32", ".sm90.ptxas12", "hopper-mma", "ptxas12", kFp8);
  add_instructions(all, "mma.m16n8k32", ".sm100", "hopper-mma", "", kFp8);
  add_instructions(all, "mma.m16n8k32", ".sm120", "blackwell-mma", "", with_fp6_fp4());
  ProductOperation fast{instruction("hopper-wgmma", Accumulator::f32), {}, {}, false, true};
  all.push_back({"cublaslt.fp8.fast_accum", fast});
  fast.product.promotion = 128;
  all.push_back({"cublaslt.fp8.split_accum", fast});
}

void add_conversions(std::vector<NamedOperation>& all) {
  for (const bool relu : {false, true}) {
    const char* suffix = relu ? ".relu" : "";
    for (const Operand& to : with_fp6_fp4()) {
      all.push_back({fmt::format("cvt.rn.satfinite{}.{}x2.f32", suffix, to.name),
                     ConversionOperation{{}, to.spec, Rounding::nearest_even, Overflow::saturate, relu}});
      if (to.spec.bits() == 8)
        all.push_back({fmt::format("cvt.rn.satfinite{}.{}x2.f16x2", suffix, to.name),
                       ConversionOperation{formats::fp16, to.spec, Rounding::nearest_even, Overflow::saturate, relu}});
      all.push_back({fmt::format("cvt.rn{}.f16x2.{}x2", suffix, to.name),
                     ConversionOperation{to.spec, formats::fp16, Rounding::nearest_even, Overflow::special, relu}});
    }
  }
  for (const bool up : {false, true})
    for (const bool saturate : {false, true})
      for (const bool bf16 : {false, true})
        all.push_back({fmt::format("cvt.{}{}.ue8m0x2.{}", up ? "rp" : "rz", saturate ? ".satfinite" : "",
                                   bf16 ? "bf16x2" : "f32"),
                       ConversionOperation{bf16 ? std::optional(formats::bf16) : std::nullopt, formats::e8m0,
                                           up ? Rounding::up : Rounding::toward_zero,
                                           saturate ? Overflow::saturate : Overflow::special, false}});
  all.push_back({"cvt.rn.bf16x2.ue8m0x2",
                 ConversionOperation{formats::e8m0, formats::bf16, Rounding::nearest_even, Overflow::special, false}});
}

std::vector<NamedOperation> table() {
  std::vector<NamedOperation> all;
  add_products(all);
  add_conversions(all);
  return all;
}

/// wgmma.m64n<N>k32... with N = 8 in place of another legal one.
std::string with_least_columns(std::string_view name) {
  constexpr std::string_view kPrefix = "wgmma.m64n";
  if (!name.starts_with(kPrefix)) return std::string(name);
  const std::string_view rest = name.substr(kPrefix.size());
  int columns = 0;
  const auto [stop, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), columns);
  if (failure != std::errc() || columns < 8 || columns > 256 || columns % 8 != 0) return std::string(name);
  return fmt::format("{}8{}", kPrefix, rest.substr(static_cast<std::size_t>(stop - rest.data())));
}

}  // namespace

const std::vector<NamedOperation>& operations() {
  static const std::vector<NamedOperation> all = table();
  return all;
}

const Operation& operation(std::string_view wanted) {
  const std::string name = with_least_columns(wanted);
  std::vector<std::string_view> names;
  for (const NamedOperation& one : operations()) {
    if (one.name == name) return one.operation;
    names.push_back(one.name);
  }
  throw Error(fmt::format("operation {} is unknown; did you mean {}?", messages::printable(wanted),
                          messages::nearest(std::string_view(name).substr(0, 100), names)));
}

}  // namespace octavo::experiments::capture
