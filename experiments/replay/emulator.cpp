// Recorded products made ready: what goes with the operation, and results in its width.
#include "experiments/replay/emulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "experiments/replay/selection.h"
#include "formats/catalog.h"
#include "formats/decode.h"
#include "formats/encode.h"
#include "messages/error.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/gemm/tensor_core/kernels/engine.h"

namespace octavo::experiments::replay {
namespace {

using formats::Accumulator;

formats::Spec format_of(const std::string& name, const std::optional<formats::Spec>& expected, const char* operand) {
  const formats::Spec spec = formats::spec(name);
  if (expected && *expected != spec)
    throw Error(fmt::format("{}_format is {}, but the operation names {}", operand, name, formats::name(*expected)));
  return spec;
}

void check_codes(const std::vector<std::uint8_t>& codes, const formats::Spec& format, const char* operand) {
  if (format.bits() >= 8) return;
  const auto wrong = std::ranges::find_if(codes, [&](std::uint8_t code) { return code >= format.code_count(); });
  if (wrong != codes.end())
    throw Error(fmt::format("{} holds 0x{:02x}, which is no code of {}", operand, *wrong, formats::name(format)));
}

}  // namespace

std::optional<std::uint32_t> f16_code(std::uint32_t f32) {
  const float value = std::bit_cast<float>(f32);
  if (std::isnan(value)) return (f32 >> 16 & 0x8000u) | 0x7C00u | std::max(f32 >> 13 & 0x3FFu, 1u);
  const std::uint32_t code =
      formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special, value);
  const auto back = static_cast<float>(formats::decode(formats::fp16, code));
  return std::bit_cast<std::uint32_t>(back) == f32 ? std::optional(code) : std::nullopt;
}

EmulatedProduct::EmulatedProduct(const ProductOperation& operation, const store::ProductCase& data,
                                 const std::string& engine)
    : terms_(operation.sparse() ? std::optional(selected_terms(data)) : std::nullopt),
      data_(terms_ ? *terms_ : data),
      product_(operation.product),
      a_format_(format_of(data.a_format, operation.a, "a")),
      b_format_(format_of(data.b_format, operation.b, "b")),
      library_(operation.library()) {
  if (data.promotion) product_.promotion = *data.promotion;
  if (data.split_k) {
    if (*data.split_k < 1 || *data.split_k > 1024)
      throw Error(fmt::format("split_k is {}; give 1 to 1024 parts", *data.split_k));
    product_.split.parts = static_cast<int>(*data.split_k);
  }
  const int depth = operation.row().depth;
  if (!library_ && data_.depth % depth != 0)
    throw Error(fmt::format("K is {}, not a multiple of {}: the instruction has no other", data.depth,
                            operation.sparse() ? 2 * depth : depth));
  if (!operation.sparse() && !data.selected.empty())
    throw Error("it has a selection of a, but its operation is not sparse");
  f16_ = product_.accumulator == Accumulator::f16 && product_.promotion == 0 && product_.split.parts == 1;
  if (engine.empty() || sim::gemm::is_tensor_core(engine)) {
    if (!engine.empty()) {
      product_.architecture = engine;
      product_.variant.clear();
    }
    row_ = &sim::gemm::resolve(product_);
    engine_ = sim::gemm::make_tensor_core(product_);
    for (const auto& [format, name] : {std::pair(a_format_, "a"), std::pair(b_format_, "b")})
      if (!row_->takes(format))
        throw Error(fmt::format("{} is of format {}, which {} does not take; it takes {}", name, formats::name(format),
                                row_->name, sim::gemm::name(row_->operands)));
  } else {
    engine_ = sim::gemm::make_engine({engine});
  }
  check_codes(data.a, a_format_, "a");
  check_codes(data.b, b_format_, "b");
  if (data.call && scales_blocks(*data.call) && data.depth % depth != 0)
    throw Error(fmt::format("K is {}; a call with scales by block of K needs a multiple of {}", data.depth, depth));
  if (data.call && !library_)
    throw Error("it has a call with scales and an output type, but an instruction has neither; give cublaslt.*");
  if (data.c) c_ = data.call ? data.c->values : narrowed(*data.c, "c");
}

int EmulatedProduct::width() const {
  if (data_.call) return store::output_bits(data_.call->output);
  return f16_ ? 16 : 32;
}

std::string EmulatedProduct::description() const { return engine_->description(); }

std::vector<std::uint32_t> EmulatedProduct::narrowed(const store::Bits& bits, const char* name) const {
  if (bits.width == width()) return bits.values;
  if (bits.width == 16)
    throw Error(fmt::format("{} holds 16-bit values, but the results of this operation are f32", name));
  std::vector<std::uint32_t> codes;
  for (const std::uint32_t value : bits.values) {
    const std::optional<std::uint32_t> code = f16_code(value);
    if (!code)
      throw Error(fmt::format("{} holds 0x{:08x} at {}, which is no f16 value, as c and d of this operation are", name,
                              value, codes.size()));
    codes.push_back(*code);
  }
  return codes;
}

std::vector<std::uint32_t> EmulatedProduct::recorded() const { return narrowed(data_.d, "d"); }

std::uint32_t EmulatedProduct::addend(std::int64_t result) const {
  return c_.empty() ? 0 : c_[static_cast<std::size_t>(result)];
}

std::int64_t EmulatedProduct::a_row(std::int64_t result) const {
  return data_.layout == store::CaseLayout::gemm ? result / data_.b_rows : result;
}

std::int64_t EmulatedProduct::b_row(std::int64_t result) const {
  return data_.layout == store::CaseLayout::gemm ? result % data_.b_rows : result;
}

}  // namespace octavo::experiments::replay
