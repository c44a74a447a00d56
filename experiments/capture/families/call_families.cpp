// Operands, scales and options of library calls.
#include "experiments/capture/families/call_families.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

#include "experiments/capture/families/gemm_case.h"
#include "formats/encode.h"

namespace octavo::experiments::capture {
namespace {

using formats::Spec;
using store::ScaleMode;

constexpr Types kE4m3{formats::e4m3, formats::e4m3};
constexpr Types kMixed{formats::e5m2, formats::e4m3};  // the library has E5M2 outputs for mixed operands only

struct Output {
  const char* name;
  Types types;
};
const std::array kOutputs{Output{"f32", kE4m3}, Output{"f16", kE4m3}, Output{"bf16", kE4m3}, Output{"e4m3", kE4m3},
                          Output{"e5m2", kMixed}};

/// In [0.5, 2), all 24 bits random.
float random_scale(Random& random) {
  return static_cast<float>(std::ldexp(1 + unit_interval(random), -1 + static_cast<int>(below(random, 2))));
}

struct Scales {
  float alpha = 1;
  float a = 1;
  float b = 1;
};

/// Three factors whose product is rounded to another value in each order.
Scales telling_scales(Random& random) {
  while (true) {
    const Scales s{random_scale(random), random_scale(random), random_scale(random)};
    const float orders[]{(s.alpha * s.a) * s.b, (s.alpha * s.b) * s.a, (s.a * s.b) * s.alpha};
    if (orders[0] != orders[1] && orders[1] != orders[2] && orders[0] != orders[2]) return s;
  }
}

/// Gaussian numbers, about as large as sums over K, of the type that the library reads beside this output.
store::Bits random_numbers(Random& random, std::int64_t count, bool f32, std::string_view output) {
  store::Bits bits{f32 ? 32 : 16, {}};
  const Spec format = store::is_bf16(output) ? formats::bf16 : formats::fp16;
  for (std::int64_t i = 0; i < count; ++i) {
    const double value = 8 * gaussian(random);
    bits.values.push_back(
        f32 ? sum_bits(kE4m3, value)
            : formats::encode(format, formats::Rounding::nearest_even, formats::Overflow::special, value));
  }
  return bits;
}

bool is_fp8(std::string_view output) { return store::output_bits(output) == 8; }

/// A product with the output's types and telling scales; d of the output's width.
store::ProductCase called(const Output& output, const Size& size, Random& random) {
  store::ProductCase data = gemm_case(output.types, size, [&](std::int64_t) { return gaussian(random); });
  const Scales scales = telling_scales(random);
  data.call = store::LibraryCall{.output = output.name,
                                 .alpha = scales.alpha,
                                 .d_scale = is_fp8(output.name) ? random_scale(random) : 1.0f,
                                 .a_scales = {scales.a},
                                 .b_scales = {scales.b}};
  if (is_fp8(output.name)) data.call->amax = 0;
  data.d.width = store::output_bits(output.name);
  return data;
}

void add_bias(store::ProductCase& data, Random& random) {
  data.call->bias = random_numbers(random, data.b_rows, false, data.call->output);
}

void add_c(store::ProductCase& data, Random& random) {
  data.call->beta = random_scale(random);
  data.c = random_numbers(random, data.a_rows * data.b_rows, data.d.width == 32, data.call->output);
}

/// Every second row of a is zero, and alpha negative: what is -0 before the addition of a bias that is not there?
void add_zeros(store::ProductCase& data) {
  for (std::int64_t i = 0; i < data.a_rows; i += 2)
    for (std::int64_t k = 0; k < data.depth; ++k) data.a[static_cast<std::size_t>(i * data.depth + k)] = 0;
  data.call->alpha = -data.call->alpha;
}

/// A NaN and, where the format has it, an infinity in rows of their own.
void add_specials(store::ProductCase& data) {
  data.a[static_cast<std::size_t>(data.depth + 5)] = 0x7F;
  if (data.a_format == "e5m2") data.a[static_cast<std::size_t>(3 * data.depth + 7)] = 0xFC;
}

/// About the output's largest value, so that some results lie beyond it.
void leave_range(store::ProductCase& data) {
  const std::string& output = data.call->output;
  const int exponent = output == "e4m3" ? 5 : output == "e5m2" || output == "f16" ? 12 : 124;
  data.call->alpha = std::ldexp(data.call->alpha, exponent);
}

using Change = void (*)(store::ProductCase& data, Random& random);
struct Variant {
  const char* name;
  Change change;
};
const std::array kVariants{
    Variant{"scales", [](store::ProductCase&, Random&) {}},
    Variant{"bias", add_bias},
    Variant{"c", add_c},
    Variant{"bias-c",
            [](store::ProductCase& data, Random& random) {
              add_bias(data, random);
              add_c(data, random);
            }},
    Variant{"c-scale",
            [](store::ProductCase& data, Random& random) {
              add_c(data, random);
              data.call->c_scale = random_scale(random);
            }},
    Variant{"zeros", [](store::ProductCase& data, Random&) { add_zeros(data); }},
    Variant{"specials", [](store::ProductCase& data, Random&) { add_specials(data); }},
    Variant{"range", [](store::ProductCase& data, Random&) { leave_range(data); }},
};

std::vector<float> random_scales(Random& random, ScaleMode mode, std::int64_t rows, std::int64_t depth) {
  std::vector<float> scales;
  for (std::int64_t i = 0; i < store::scale_count(mode, rows, depth); ++i) scales.push_back(random_scale(random));
  return scales;
}

}  // namespace

std::vector<Plan> library_epilogue(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  for (const char* mode : {"fast_accum", "split_accum"}) {
    for (const Output& output : kOutputs) {
      for (const Variant& variant : kVariants) {
        const std::string_view name = variant.name;
        if (std::string_view(mode) == "split_accum" && name != "bias-c") continue;  // accumulation is L1's to L4's
        const std::string id = fmt::format("{}.{}.{}", mode, output.name, name);
        Random random = random_of(request.seed, std::string(family.id) + id);
        store::ProductCase data = called(output, {side(request), side(request), 128}, random);
        variant.change(data, random);
        plans.push_back(library_plan(family, id, fmt::format("cublaslt.fp8.{}", mode), std::move(data)));
      }
    }
  }
  return plans;
}

std::vector<Plan> library_scale_modes(const Family& family, const Request& request) {
  struct Modes {
    ScaleMode a;
    ScaleMode b;
  };
  std::vector<Plan> plans;
  for (const Modes& modes :
       {Modes{ScaleMode::outer, ScaleMode::outer}, Modes{ScaleMode::vec_128, ScaleMode::vec_128},
        Modes{ScaleMode::vec_128, ScaleMode::block_128x128}, Modes{ScaleMode::block_128x128, ScaleMode::vec_128}}) {
    for (const Output& output : kOutputs) {
      if (is_fp8(output.name) || (is_small(request) && output.name == std::string_view("f16"))) continue;
      // Two blocks of rows on the side that has them, three blocks of K.
      const Size size{modes.a == ScaleMode::block_128x128 ? 144 : side(request),
                      modes.b == ScaleMode::block_128x128 ? 144 : side(request), 384};
      const std::string id = fmt::format("{}.{}-{}", output.name, store::name(modes.a), store::name(modes.b));
      Random random = random_of(request.seed, std::string(family.id) + id);
      store::ProductCase data = called(output, size, random);
      data.call->a_mode = modes.a;
      data.call->b_mode = modes.b;
      data.call->a_scales = random_scales(random, modes.a, size.m, size.k);
      data.call->b_scales = random_scales(random, modes.b, size.n, size.k);
      plans.push_back(library_plan(family, id, "cublaslt.fp8.split_accum", std::move(data)));
    }
  }
  return plans;
}

std::vector<Plan> library_algorithms(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  const Size size{16, 16, is_small(request) ? 512 : 4096};
  for (const char* mode : {"fast_accum", "split_accum"}) {
    Random random = random_of(request.seed, family.id);
    const store::ProductCase data = gemm_case(kE4m3, size, [&](std::int64_t) { return gaussian(random); });
    for (int proposal = 0; proposal < (is_small(request) ? 4 : 16); ++proposal) {
      Plan plan = library_plan(family, fmt::format("{}.proposal{}", mode, proposal),
                               fmt::format("cublaslt.fp8.{}", mode), data);
      plan.form.proposal = proposal;
      plans.push_back(std::move(plan));
    }
  }
  return plans;
}

}  // namespace octavo::experiments::capture
