// Planned cases in the terms of cuda.
#include "experiments/capture/native_operation.h"

#include <fmt/format.h>

#include "experiments/replay/library_model.h"
#include "formats/catalog.h"
#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::experiments::capture {
namespace {

cuda::ScaleMode scale_mode(store::ScaleMode mode) {
  switch (mode) {
    case store::ScaleMode::tensor:
      return cuda::ScaleMode::tensor;
    case store::ScaleMode::outer:
      return cuda::ScaleMode::outer;
    case store::ScaleMode::vec_128:
      return cuda::ScaleMode::vec_128;
    case store::ScaleMode::block_128x128:
      return cuda::ScaleMode::block_128x128;
  }
  return cuda::ScaleMode::tensor;
}

cuda::OutputType output_type(const std::string& output) {
  using cuda::OutputType;
  if (output == "f32") return OutputType::f32;
  if (output == "f16") return OutputType::f16;
  if (output == "bf16") return OutputType::bf16;
  return native_format(output) == cuda::Fp8::e4m3 ? OutputType::e4m3 : OutputType::e5m2;
}

void add_call(cuda::LibraryProduct& product, const store::ProductCase& data) {
  const store::LibraryCall& call = *data.call;
  product.output = output_type(call.output);
  product.alpha = call.alpha;
  product.beta = data.c ? call.beta : 0.0f;
  product.a_mode = scale_mode(call.a_mode);
  product.b_mode = scale_mode(call.b_mode);
  product.a_scales = call.a_scales;
  product.b_scales = call.b_scales;
  product.c_scale = call.c_scale;
  product.d_scale = call.d_scale;
  product.amax = call.amax.has_value();
  if (call.bias) product.bias = replay::values_beside(*call.bias, call.output);
  if (data.c) product.c = replay::values_beside(*data.c, call.output);
}

}  // namespace

cuda::Fp8 native_format(const std::string& name) {
  if (name == "e4m3") return cuda::Fp8::e4m3;
  if (name == "e5m2") return cuda::Fp8::e5m2;
  throw Error(fmt::format("no kernel here takes {}; e4m3 and e5m2 are there", messages::printable(name)));
}

cuda::Conversion native_conversion(const replay::ConversionOperation& operation, const Form& form) {
  using Kind = cuda::Conversion::Kind;
  const bool widening = operation.to == formats::fp16;
  if (operation.from && !widening && *operation.from != formats::fp16)
    throw Error(
        fmt::format("no kernel here converts {} to {}", formats::name(*operation.from), formats::name(operation.to)));
  return {.kind = widening         ? Kind::to_f16
                  : operation.from ? Kind::from_f16
                                   : Kind::from_f32,
          .format = native_format(formats::name(widening ? *operation.from : operation.to)),
          .relu = operation.relu,
          .high_lane = form.high_lane};
}

cuda::Instruction native_instruction(const replay::ProductOperation& operation, const store::ProductCase& data,
                                     const Form& form) {
  const bool f32 = operation.product.accumulator == formats::Accumulator::f32;
  return {.a = native_format(data.a_format),
          .b = native_format(data.b_format),
          .sum = f32 ? formats::Accumulator::f32 : formats::Accumulator::f16,
          .depth = static_cast<int>(data.depth),
          .columns = form.columns,
          .a_in_registers = form.a_in_registers,
          .negate_a = form.negate_a,
          .negate_b = form.negate_b,
          .ignore_c = form.ignore_c,
          .whole = data.layout == store::CaseLayout::gemm};
}

cuda::LibraryProduct native_product(const replay::ProductOperation& operation, const store::ProductCase& data,
                                    const Form& form) {
  cuda::LibraryProduct product{.a = native_format(data.a_format),
                               .b = native_format(data.b_format),
                               .fast_accumulation = operation.product.promotion == 0,
                               .m = data.a_rows,
                               .n = data.b_rows,
                               .k = data.depth,
                               .split_k = static_cast<int>(data.split_k.value_or(0)),
                               .algorithm = form.proposal};
  if (data.call) add_call(product, data);
  return product;
}

}  // namespace octavo::experiments::capture
