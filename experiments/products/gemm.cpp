// Reading operands, running engines.
#include "experiments/products/gemm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <span>

#include "experiments/store/provenance.h"
#include "formats/catalog.h"
#include "formats/decode.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "scaling/recipe/recipe.h"
#include "sim/file/npy.h"
#include "sim/file/widen.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/gemm/tensor_core/kernels/engine.h"
#include "sim/nn/linear/linear.h"

namespace octavo::experiments {
namespace {

void count_specials(std::span<const float> values, GemmOperand& operand) {
  for (const float value : values) {
    if (std::isnan(value)) ++operand.nan;
    if (std::isinf(value)) ++operand.infinite;
  }
}

formats::Spec code_format(const std::string& name, const char* flag) {
  const formats::Spec spec = formats::spec(name);
  if (spec.bits() > 8) throw Error(fmt::format("{} {}: it has {} bits; codes have 8 at most", flag, name, spec.bits()));
  if (!spec.has_sign || !spec.has_zero)
    throw Error(fmt::format("{} {}: it holds scales, not operands; try e4m3", flag, name));
  return spec;
}

GemmOperand read_operand(const std::filesystem::path& path, const std::string& format, const char* flag, bool cast) {
  const sim::file::FileBytes file = sim::file::map_file(path);
  const sim::file::Npy npy(file);
  const sim::file::TensorInfo& info = npy.tensors().front();
  const std::string shown = messages::printable(path.string());
  if (info.shape.size() != 2)
    throw Error(
        fmt::format("{}: it has {} dimensions; operands are matrices, M x K and N x K", shown, info.shape.size()));
  GemmOperand operand;
  operand.name = path.filename().string();
  operand.sha256 = store::sha256(file.bytes);
  operand.rows = info.shape[0];
  operand.depth = info.shape[1];
  if (operand.rows == 0 || operand.depth == 0) throw Error(fmt::format("{}: it is empty", shown));
  operand.spec = code_format(format, flag);
  operand.format = formats::name(operand.spec);
  if (info.dtype == "float8_e5m2" && operand.spec != formats::e5m2)
    throw Error(fmt::format("{}: its elements are float8_e5m2, not {}; give {} e5m2", shown, operand.format, flag));
  if (info.dtype == "u1" || info.dtype == "V1" || info.dtype == "float8_e5m2") {
    const auto* codes = reinterpret_cast<const std::uint8_t*>(file.bytes.data() + info.begin);
    operand.codes.assign(codes, codes + operand.rows * operand.depth);
    const auto wrong =
        std::ranges::find_if(operand.codes, [&](unsigned code) { return code >= operand.spec.code_count(); });
    if (wrong != operand.codes.end())
      throw Error(fmt::format("{}: it holds 0x{:02x}, which is no code of {}; give the right format with {}", shown,
                              *wrong, operand.format, flag));
    operand.content = operand.format + " codes";
    for (const std::uint8_t code : operand.codes) {
      const double value = formats::decode(operand.spec, code);
      if (std::isnan(value)) ++operand.nan;
      if (std::isinf(value)) ++operand.infinite;
    }
    return operand;
  }
  if (!npy.loads(info))
    throw Error(fmt::format("{}: its elements are {}; give codes as uint8, or values as float32", shown, info.dtype));
  // To odd: under AMAX's power of two, codes are then rounded once, from binary64.
  const sim::file::Tensor tensor =
      cast && info.dtype == "f8" ? sim::file::filled(info.shape,
                                                     [&](float* out) {
                                                       sim::file::narrow_f64_to_odd(npy.stored(info.name).data(),
                                                                                    operand.rows * operand.depth, out);
                                                     })
                                 : npy.load(info.name);
  count_specials(tensor.values, operand);
  if (cast) {
    const scaling::CastTensor codes =
        scaling::cast(tensor.values, operand.depth, {operand.spec, scaling::Amax{}}, false);
    operand.codes.assign(codes.codes.get(), codes.codes.get() + tensor.values.size());
    operand.bias = codes.scale().bias();
    operand.scale_is_nan = std::isnan(codes.scale().inverse);
    operand.content = fmt::format("values cast to {} with the FP8-AMAX bias {}", operand.format, operand.bias);
    return operand;
  }
  operand.values.assign(tensor.values.begin(), tensor.values.end());
  operand.format = "float32";
  operand.content = "float32 values";
  return operand;
}

/// An engine that was asked for, before it is made.
struct Choice {
  std::string label;
  std::unique_ptr<sim::gemm::Engine> engine;
};

formats::Accumulator accumulator_of(const std::string& name) {
  if (name == "f32") return formats::Accumulator::f32;
  if (name == "f16") return formats::Accumulator::f16;
  throw Error(fmt::format("--accumulator {}: give f32 or f16", messages::printable(name)));
}

void add_engine(std::vector<Choice>& choices, const std::string& name, const GemmFlags& flags) {
  if (!sim::gemm::is_tensor_core(name)) {
    choices.push_back({name, sim::gemm::make_engine({.engine = name})});
    return;
  }
  for (const std::string& accumulator : flags.accumulators) {
    for (const std::int64_t promotion : flags.promotions) {
      for (const int parts : flags.splits) {
        sim::gemm::TensorCoreProduct product;
        product.architecture = name;
        product.accumulator = accumulator_of(accumulator);
        product.promotion = promotion;
        product.split.parts = parts;
        std::string label = name;
        if (flags.accumulators.size() > 1 || accumulator != "f32") label += " " + accumulator;
        if (flags.promotions.size() > 1 || promotion != 0) label += fmt::format(" promotion={}", promotion);
        if (flags.splits.size() > 1 || parts != 1) label += fmt::format(" split_k={}", parts);
        choices.push_back({label, sim::gemm::make_tensor_core(product)});
      }
    }
  }
}

/// Why an engine of codes cannot take an operand of values.
void check_takes(const sim::gemm::Engine& engine, const GemmOperand& operand) {
  if (operand.codes.empty() && !engine.takes_values())
    throw Error(fmt::format("{}: it holds {}, and {} takes 8-bit codes; cast it with --cast, or save codes as uint8",
                            messages::printable(operand.name), operand.content, engine.name()));
}

void unscale(std::vector<float>& d, int shift) {
  if (shift == 0) return;
  const double factor = std::ldexp(1.0, -shift);
  for (float& value : d) value = static_cast<float>(static_cast<double>(value) * factor);
}

}  // namespace

sim::gemm::Operand GemmOperand::operand() const {
  return codes.empty() ? sim::gemm::Operand::of_values(values.data(), rows, depth)
                       : sim::gemm::Operand::of_codes(codes.data(), spec, rows, depth);
}

GemmResult gemm(const GemmFlags& flags) {
  if (flags.engines.empty()) throw Error("--engine is missing; give one or more, such as --engine hopper-wgmma,exact");
  std::vector<Choice> choices;
  for (const std::string& name : flags.engines) add_engine(choices, name, flags);
  GemmResult result;
  const std::string against = !flags.against.empty() ? flags.against : choices.size() == 1 ? "exact" : "";
  if (!against.empty()) {
    const auto found = std::ranges::find_if(choices, [&](const Choice& choice) { return choice.label == against; });
    if (found == choices.end()) {
      std::vector<Choice> with_reference;
      add_engine(with_reference, against, {});
      std::ranges::move(choices, std::back_inserter(with_reference));
      choices = std::move(with_reference);
    } else {
      result.reference = static_cast<std::size_t>(found - choices.begin());
    }
  }
  result.a = read_operand(flags.a, flags.a_format, "--a-format", flags.cast);
  result.b = read_operand(flags.b, flags.b_format, "--b-format", flags.cast);
  const GemmOperand& a = result.a;
  const GemmOperand& b = result.b;
  if (a.depth != b.depth)
    throw Error(
        fmt::format("{} is {} x {} and {} is {} x {}: A is M x K and B is N x K, both with the same K; save the "
                    "transpose of one if its dimensions are the other way round",
                    messages::printable(a.name), a.rows, a.depth, messages::printable(b.name), b.rows, b.depth));
  for (Choice& choice : choices) {
    check_takes(*choice.engine, a);
    check_takes(*choice.engine, b);
    GemmProduct product{std::string(choice.engine->name()), choice.engine->description(), choice.label, {}, {}};
    product.d.resize(static_cast<std::size_t>(a.rows * b.rows));
    choice.engine->multiply(*choice.engine->pack(sim::gemm::Side::a, a.operand()),
                            *choice.engine->pack(sim::gemm::Side::b, b.operand()), product.d.data(), b.rows);
    unscale(product.d, a.bias + b.bias);
    if (a.scale_is_nan || b.scale_is_nan) std::ranges::fill(product.d, std::numeric_limits<float>::quiet_NaN());
    result.products.push_back(std::move(product));
    if (sim::gemm::is_tensor_core(choice.label.substr(0, choice.label.find(' ')))) {
      const int depth = sim::gemm::architecture(choice.engine->name()).depth;
      if (a.depth % depth != 0)
        result.note = fmt::format(
            "K = {} is no multiple of {}: filled up with zeros, which changes no bit of these "
            "instructions (a zero product aligns below every other term)",
            a.depth, depth);
    }
  }
  for (GemmProduct& product : result.products)
    product.error = measure_error(product.d, result.products[result.reference].d);
  return result;
}

}  // namespace octavo::experiments
