// The table of operations.
#include "experiments/replay/operation.h"

#include <fmt/format.h>

#include <charconv>

#include "messages/error.h"
#include "messages/printable.h"
#include "messages/suggestion.h"

namespace octavo::experiments::replay {
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

/// Accumulators times operand pairs, named prefix.ACCUMULATOR.A.B.suffix; `like` says all else.
void add_instructions(std::vector<NamedOperation>& all, const std::string& prefix, const std::string& suffix,
                      const std::string& architecture, const std::string& variant, const std::vector<Operand>& operands,
                      ProductOperation like) {
  for (const Accumulator accumulator : {Accumulator::f32, Accumulator::f16}) {
    like.product = instruction(architecture, accumulator, variant);
    for (const Operand& a : operands) {
      for (const Operand& b : operands) {
        like.a = a.spec;
        like.b = b.spec;
        all.push_back({fmt::format("{}.{}.{}.{}{}", prefix, formats::name(accumulator), a.name, b.name, suffix), like});
      }
    }
  }
}

void add_mma_sync(std::vector<NamedOperation>& all, int depth, Target target, const std::string& architecture,
                  const std::vector<Operand>& operands, bool ptxas12 = false) {
  ProductOperation like;
  like.kind = Kind::mma_sync;
  like.target = target;
  like.ptxas12 = ptxas12;
  add_instructions(all, fmt::format("mma.m16n8k{}", depth),
                   fmt::format(".{}{}", name(target), ptxas12 ? ".ptxas12" : ""), architecture,
                   ptxas12 ? "ptxas12" : (depth == 16 ? "k16" : ""), operands, like);
}

void add_products(std::vector<NamedOperation>& all) {
  ProductOperation wgmma;
  add_instructions(all, "wgmma.m64n8k32", "", "hopper-wgmma", "", kFp8, wgmma);
  wgmma.kind = Kind::sparse_wgmma;
  add_instructions(all, "wgmma.sp.m64n8k64", "", "hopper-wgmma", "", kFp8, wgmma);
  add_mma_sync(all, 16, Target::sm89, "ada-mma", kFp8);
  add_mma_sync(all, 16, Target::sm90, "hopper-mma", kFp8);
  add_mma_sync(all, 16, Target::sm100, "hopper-mma", kFp8);
  add_mma_sync(all, 16, Target::sm120, "blackwell-mma", kFp8);
  add_mma_sync(all, 32, Target::sm89, "ada-mma", kFp8);
  // sm_90 and sm_100 have no FP8 mma.sync of their own: ptxas builds it of FP16 ones, the same way for both.
  add_mma_sync(all, 32, Target::sm90, "hopper-mma", kFp8);
  add_mma_sync(all, 32, Target::sm90, "hopper-mma", kFp8, true);
  add_mma_sync(all, 32, Target::sm100, "hopper-mma", kFp8);
  add_mma_sync(all, 32, Target::sm120, "blackwell-mma", with_fp6_fp4());
  ProductOperation library;
  library.kind = Kind::cublaslt;
  library.product = instruction("hopper-wgmma", Accumulator::f32);
  all.push_back({"cublaslt.fp8.fast_accum", library});
  library.product.promotion = 128;
  all.push_back({"cublaslt.fp8.split_accum", library});
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

std::string_view name(Target target) {
  switch (target) {
    case Target::sm89:
      return "sm89";
    case Target::sm90:
      return "sm90";
    case Target::sm100:
      return "sm100";
    case Target::sm120:
      return "sm120";
  }
  return "";
}

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
  throw Error(fmt::format("operation {} is unknown; {}", messages::printable(wanted),
                          messages::suggestion(std::string_view(name).substr(0, 100), names)));
}

bool is_library(std::string_view name) {
  const auto* product = std::get_if<ProductOperation>(&operation(name));
  return product != nullptr && product->library();
}

}  // namespace octavo::experiments::replay
