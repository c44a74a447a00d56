// Running engines.
#include "experiments/products/gemm.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <span>

#include "formats/span/quantize.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "scaling/recipe/recipe.h"
#include "sim/file/mapped_file.h"
#include "sim/file/npy.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/gemm/scaled/scaled_product.h"
#include "sim/gemm/tensor_core/kernels/engine.h"
#include "sim/nn/linear/cast_operand.h"

namespace octavo::experiments {
namespace {

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
  if (!operand.coded() && !engine.takes_values())
    throw Error(fmt::format("{}: it holds {}, and {} takes 8-bit codes; cast it with --cast, or save codes as uint8",
                            messages::printable(operand.name), operand.content, engine.name()));
}

/// The codes as products with scales take them.
scaling::CastTensor scaled(const GemmOperand& operand) {
  scaling::CastTensor result;
  result.codes = std::make_unique_for_overwrite<std::uint8_t[]>(operand.codes.codes.size());
  std::ranges::copy(operand.codes.codes, result.codes.get());
  for (const float inverse : operand.codes.inverses) result.scales.push_back({1.0F / inverse, inverse});
  result.scale_codes = operand.codes.scale_codes;
  result.tensor_inverse = operand.codes.tensor_inverse;
  return result;
}

std::vector<float> product(const sim::gemm::Engine& engine, const GemmOperand& a, const scaling::CastTensor& a_codes,
                           const GemmOperand& b, const scaling::CastTensor& b_codes) {
  const sim::gemm::ProductPlan plan =
      sim::gemm::plan_product(engine, sim::nn::scale_shape(a.rule), sim::nn::scale_shape(b.rule), a.depth);
  const auto packed = [&](const GemmOperand& operand, const scaling::CastTensor& codes, sim::gemm::Side side) {
    return sim::nn::pack(engine, side, plan, operand.values, operand.coded() ? &codes : nullptr, operand.rule,
                         {operand.rows, operand.depth});
  };
  std::vector<float> d(static_cast<std::size_t>(a.rows * b.rows));
  sim::gemm::multiply_scaled(engine, packed(a, a_codes, sim::gemm::Side::a), packed(b, b_codes, sim::gemm::Side::b),
                             d.data());
  return d;
}

/// A result of one's own: its bits as binary32, and whether they are those of binary16.
struct Own {
  std::vector<float> d;
  bool half = false;
};

Own read_own(const std::filesystem::path& path, std::int64_t rows, std::int64_t columns) {
  const sim::file::Npy npy(sim::file::map_file(path));
  const sim::file::TensorInfo& info = npy.tensors().front();
  const std::string shown = messages::printable(path.string());
  if (info.dtype != "f4" && info.dtype != "f2")
    throw Error(
        fmt::format("--against {}: its elements are {}; save the result as float32 or float16", shown, info.dtype));
  if (info.shape != std::vector<std::int64_t>{rows, columns})
    throw Error(fmt::format("--against {}: its shape is [{}], and the product's [{}, {}]; save the matrix as M x N",
                            shown, fmt::join(info.shape, ", "), rows, columns));
  const sim::file::Tensor tensor = npy.load(info.name);
  return {{tensor.values.begin(), tensor.values.end()}, info.dtype == "f2"};
}

}  // namespace

bool GemmResult::refuted() const {
  return own && std::ranges::any_of(products, [](const GemmProduct& product) { return product.error.differing > 0; });
}

GemmResult gemm(const GemmFlags& flags) {
  if (flags.engines.empty()) throw Error("--engine is missing; give one or more, such as --engine hopper-wgmma,exact");
  std::vector<Choice> choices;
  for (const std::string& name : flags.engines) add_engine(choices, name, flags);
  GemmResult result;
  result.own = flags.against.ends_with(".npy");
  const std::string against = !flags.against.empty() ? flags.against : choices.size() == 1 ? "exact" : "";
  if (!against.empty() && !result.own) {
    const auto found = std::ranges::find_if(choices, [&](const Choice& choice) { return choice.label == against; });
    if (found == choices.end()) {
      std::vector<Choice> with_reference;
      try {
        add_engine(with_reference, against, {});
      } catch (const Error& error) {
        throw Error(fmt::format("--against: {}; or name a .npy file of results", error.what()));
      }
      std::ranges::move(choices, std::back_inserter(with_reference));
      choices = std::move(with_reference);
    } else {
      result.reference = static_cast<std::size_t>(found - choices.begin());
    }
  }
  result.a = read_operand(flags.a, "a", flags.cast);
  result.b = read_operand(flags.b, "b", flags.cast);
  const GemmOperand& a = result.a;
  const GemmOperand& b = result.b;
  if (a.depth != b.depth)
    throw Error(
        fmt::format("{} is {} x {} and {} is {} x {}: A is M x K and B is N x K, both with the same K; save the "
                    "transpose of one if its dimensions are the other way round",
                    messages::printable(a.name), a.rows, a.depth, messages::printable(b.name), b.rows, b.depth));
  bool half = false;
  if (result.own) {
    Own own = read_own(flags.against, a.rows, b.rows);
    half = own.half;
    const std::string name = std::filesystem::path(flags.against).filename().string();
    result.products.push_back(
        {"", fmt::format("results of one's own, float{}", half ? 16 : 32), name, std::move(own.d), {}});
  }
  const scaling::CastTensor a_codes = scaled(a);
  const scaling::CastTensor b_codes = scaled(b);
  for (Choice& choice : choices) {
    check_takes(*choice.engine, a);
    check_takes(*choice.engine, b);
    GemmProduct one{std::string(choice.engine->name()), choice.engine->description(), choice.label, {}, {}};
    one.d = product(*choice.engine, a, a_codes, b, b_codes);
    if (half) formats::round_values(formats::fp16, formats::Overflow::special, one.d);
    result.products.push_back(std::move(one));
    if (sim::gemm::is_tensor_core(choice.label.substr(0, choice.label.find(' ')))) {
      const int depth = sim::gemm::architecture(choice.engine->name()).depth;
      if (a.depth % depth != 0)
        result.note = fmt::format(
            "K = {} is no multiple of {}: filled up with zeros, which changes no bit of these "
            "instructions (a zero product aligns below every other term)",
            a.depth, depth);
    }
  }
  if (half) result.note += std::string(result.note.empty() ? "" : "; ") + "products were rounded to float16 to compare";
  for (GemmProduct& one : result.products) one.error = measure_error(one.d, result.products[result.reference].d);
  return result;
}

}  // namespace octavo::experiments
