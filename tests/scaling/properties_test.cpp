// What holds for every tensor, checked on random ones.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "formats/decode.h"
#include "scaling/cast.h"
#include "scaling/recipe/policy_text.h"

namespace octavo::scaling {
namespace {

/// Any float at all, by bits.
rc::Gen<float> any_float() {
  return rc::gen::map(rc::gen::arbitrary<std::uint32_t>(),
                      [](std::uint32_t bits) { return std::bit_cast<float>(bits); });
}

rc::Gen<float> finite_float() {
  return rc::gen::suchThat(any_float(), [](float x) { return std::isfinite(x); });
}

rc::Gen<std::vector<float>> finite_tensor() { return rc::gen::container<std::vector<float>>(finite_float()); }

rc::Gen<Granularity> granularity() {
  return rc::gen::construct<Granularity>(rc::gen::inRange<std::int64_t>(0, 5), rc::gen::inRange<std::int64_t>(0, 40));
}

RC_GTEST_PROP(Amax, NeverOverflowsE4m3AtAnyGranularity, ()) {
  const std::vector<float> x = *finite_tensor();
  const Cast rule{formats::e4m3, Amax{*rc::gen::inRange(0, 4)}, *granularity()};
  const auto columns = *rc::gen::inRange<std::int64_t>(1, 2 + static_cast<std::int64_t>(x.size()));
  const std::span<const float> whole(x.data(),
                                     x.size() / static_cast<std::size_t>(columns) * static_cast<std::size_t>(columns));
  const CastTensor result = cast(whole, columns, rule, true);
  RC_ASSERT(result.outcome->statistics.overflow == 0u);
  for (const Scale& scale : result.scales) RC_ASSERT(scale.is_power_of_two());
}

RC_GTEST_PROP(PowerOfTwoScales, AreExactInverses, ()) {
  const int bias = *rc::gen::inRange(-kBiasLimit, kBiasLimit + 1);
  const Scale scale = Scale::of_bias(bias);
  RC_ASSERT(scale.bias() == bias && scale.is_power_of_two());
  RC_ASSERT(scale.factor * scale.inverse == 1.0F);
  RC_ASSERT(Scale::of_factor(scale.factor) == scale);
  const float x = *finite_float();
  const float scaled = x * scale.factor;
  if (std::isnormal(scaled)) RC_ASSERT(scaled * scale.inverse == x);
}

RC_GTEST_PROP(PowerOfTwoScales, CommuteWithACastThatStaysInRange, ()) {
  // The codes of x 2^b do not depend on how x and 2^b share the power.
  const float x =
      std::ldexp(*rc::gen::map(rc::gen::inRange(1 << 23, 1 << 24), [](int m) { return std::ldexp(m, -23); }),
                 *rc::gen::inRange(-40, 40));
  const int shift = *rc::gen::inRange(-40, 40);
  const float moved = std::ldexp(x, shift);
  const Cast rule{formats::e4m3, Amax{}};
  const CastTensor here = cast(std::span(&x, 1), 1, rule, false);
  const CastTensor there = cast(std::span(&moved, 1), 1, rule, false);
  RC_ASSERT(here.codes[0] == there.codes[0]);
  RC_ASSERT(here.scale().bias() == there.scale().bias() + shift);
}

RC_GTEST_PROP(Scaling, AndUnscalingGiveBackValuesOfTheFormat, ()) {
  // A tensor of codes' values times a power of two survives AMAX, current pow2 and MX scaling unchanged.
  const auto codes =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint8_t>>(rc::gen::inRange<std::uint8_t>(0, 63)));
  const int shift = *rc::gen::inRange(-30, 30);
  std::vector<float> x;
  for (const std::uint8_t code : codes)
    x.push_back(static_cast<float>(std::ldexp(formats::decode(formats::e4m3, code | 0x40u), shift)));
  const Policy policy = *rc::gen::element<Policy>(Amax{}, Current{true}, Mx{MxRounding::rceil});
  const Cast rule{formats::e4m3, policy};
  std::vector<float> back(x.size());
  dequantize(cast(x, 1, rule, false), rule, 1, back);
  RC_ASSERT(back == x);
}

RC_GTEST_PROP(Scales, AreFiniteAndInverseUnlessANanHasNoCode, ()) {
  const std::vector<float> x = *rc::gen::container<std::vector<float>>(any_float());
  const Policy policy = *rc::gen::element<Policy>(Amax{}, Current{}, Current{true}, Delayed{}, Fp8Lm{}, LeastError{},
                                                  Percentile{}, Entropy{}, Unit{}, Mx{}, Nvfp4{});
  const formats::Spec format =
      *rc::gen::element(formats::e4m3, formats::e5m2, formats::e4m3fnuz, formats::int8, formats::e2m1, formats::e3m4);
  const auto columns = std::max<std::int64_t>(1, static_cast<std::int64_t>(x.size()));
  const CastTensor tensor = cast(x, columns, {format, policy, *granularity()}, true);
  std::uint64_t lost = 0;
  for (const Scale& scale : tensor.scales) {
    RC_ASSERT(std::isfinite(scale.factor) && scale.factor >= 0x1p-127F);
    if (std::isnan(scale.inverse)) {
      ++lost;
      continue;
    }
    RC_ASSERT(std::isfinite(scale.inverse) && scale.inverse > 0.0F);
    const double product = static_cast<double>(scale.factor) * static_cast<double>(scale.inverse);
    if (std::isnormal(scale.factor) && std::isnormal(scale.inverse)) RC_ASSERT(std::fabs(product - 1.0) <= 0x1p-23);
  }
  RC_ASSERT(lost == tensor.outcome->nan_scales);
  RC_ASSERT(lost == 0 || (!format.has_nan() && tensor.outcome->statistics.nan >= lost));
}

RC_GTEST_PROP(Current, ReachesTheLargestValueButForOneRounding, ()) {
  const float amax = *rc::gen::suchThat(finite_float(), [](float x) { return std::fabs(x) > 1e-30F; });
  const Scale scale = Current{}.scale(formats::e4m3, {{std::fabs(amax), false}});
  const float reached = std::fabs(amax) * scale.factor;
  RC_ASSERT(std::fabs(reached - 448.0F) <= 448.0F * 0x1p-23F);
}

RC_GTEST_PROP(Names, ReadBack, ()) {
  const int margin = *rc::gen::inRange(0, kBiasLimit + 1);
  const int steps = *rc::gen::inRange(1, 1 << 20);
  const auto algorithm = *rc::gen::element(AmaxAlgorithm::max, AmaxAlgorithm::most_recent);
  const double percent = static_cast<double>(*rc::gen::inRange(1, 10001)) / 100.0;
  Scaling scaling{*rc::gen::element<Policy>(Amax{margin}, Cscale{margin - 64}, Current{margin % 2 == 0},
                                            Delayed{steps, algorithm, margin}, Fp8Lm{steps, margin}, LeastError{},
                                            Percentile{percent}, Entropy{}, Unit{},
                                            Mx{margin % 2 == 0 ? MxRounding::floor : MxRounding::rceil}, Nvfp4{})};
  if (!has_history(scaling.policy)) {
    const auto rows = *rc::gen::inRange<std::int64_t>(1, 1000);
    scaling.granularity = *rc::gen::element(kTensor, kRow, kColumn, block(rows, 1), block(1, rows));
  }
  RC_ASSERT(parse_scaling(to_text(scaling), "--scaling") == scaling);
}

}  // namespace
}  // namespace octavo::scaling
