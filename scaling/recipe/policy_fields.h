// What each policy is called and which settings it has: the one list behind recipes, flags and printed names.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "scaling/granularity.h"
#include "scaling/policy/policies.h"

namespace octavo::scaling {

template <class T>
struct Range {
  T low;
  T high;
};

template <std::size_t count>
using Words = std::array<std::string_view, count>;

inline constexpr Words<2> kAmaxAlgorithms{"max", "most_recent"};
inline constexpr Words<2> kAdvances{"step", "micro-batch"};
inline constexpr Words<2> kMxRoundings{"floor", "rceil"};
inline constexpr Range<int> kMargins{0, kBiasLimit};
inline constexpr Range<int> kSteps{1, 1 << 20};

constexpr std::string_view policy_name(const Amax&) { return "amax"; }
constexpr std::string_view policy_name(const Cscale&) { return "cscale"; }
constexpr std::string_view policy_name(const Current&) { return "current"; }
constexpr std::string_view policy_name(const Delayed&) { return "delayed"; }
constexpr std::string_view policy_name(const Fp8Lm&) { return "fp8-lm"; }
constexpr std::string_view policy_name(const LeastError&) { return "mse"; }
constexpr std::string_view policy_name(const Percentile&) { return "percentile"; }
constexpr std::string_view policy_name(const Entropy&) { return "entropy"; }
constexpr std::string_view policy_name(const Unit&) { return "unit"; }
constexpr std::string_view policy_name(const Mx&) { return "mx"; }
constexpr std::string_view policy_name(const Nvfp4&) { return "nvfp4"; }

// What each does, in a line of docs/recipes.md; max is the format's largest value.
constexpr std::string_view policy_about(const Amax&) {
  return "FP8-AMAX: 2^b with b = floor(log2(max / amax)) - margin, of the tensor as it is now";
}
constexpr std::string_view policy_about(const Cscale&) {
  return "FP8-CSCALE: 2^bias, whatever the tensor holds; the bias must be said";
}
constexpr std::string_view policy_about(const Current&) {
  return "max / amax, of the tensor as it is now; with pow2 rounded down to a power of two";
}
constexpr std::string_view policy_about(const Delayed&) {
  return "Transformer Engine's DelayedScaling: max / (2^margin amax), amax from the last steps: their largest, or the "
         "last";
}
constexpr std::string_view policy_about(const Fp8Lm&) {
  return "FP8-LM's: 2^(floor(log2(max / amax)) - margin), of the largest amax in a window of steps";
}
constexpr std::string_view policy_about(const LeastError&) { return "the power of two of the least squared error"; }
constexpr std::string_view policy_about(const Percentile&) {
  return "max / the magnitude at that percentile: what lies above it saturates";
}
constexpr std::string_view policy_about(const Entropy&) {
  return "max / the threshold whose clipped histogram diverges least (Kullback-Leibler), TensorRT's calibration";
}
constexpr std::string_view policy_about(const Unit&) {
  return "the root mean square goes to 1: unit scaling of the tensor as it is now";
}
constexpr std::string_view policy_about(const Mx&) {
  return "OCP Microscaling: a power of two a block; rceil rounds it up so that nothing saturates";
}
constexpr std::string_view policy_about(const Nvfp4&) {
  return "NVIDIA's: an E4M3 scale a block under a binary32 scale of the tensor";
}

/// f(name, member, what it may be) for each setting, in the order of flags. A truth value says its name or nothing.
template <class P, class F>
constexpr void visit_fields(P& policy, F&& f) {
  using Plain = std::remove_const_t<P>;
  if constexpr (std::is_same_v<Plain, Amax>) {
    f("margin", policy.margin, kMargins);
  } else if constexpr (std::is_same_v<Plain, Cscale>) {
    f("bias", policy.constant, Range<int>{-kBiasLimit, kBiasLimit});
  } else if constexpr (std::is_same_v<Plain, Current>) {
    f("pow2", policy.pow2, nullptr);
  } else if constexpr (std::is_same_v<Plain, Delayed>) {
    f("history", policy.history, kSteps);
    f("algorithm", policy.algorithm, kAmaxAlgorithms);
    f("margin", policy.margin, kMargins);
    f("advance", policy.advances, kAdvances);
  } else if constexpr (std::is_same_v<Plain, Fp8Lm>) {
    f("window", policy.window, kSteps);
    f("margin", policy.margin, kMargins);
    f("advance", policy.advances, kAdvances);
  } else if constexpr (std::is_same_v<Plain, Percentile>) {
    f("percent", policy.percent, Range<double>{0.01, 100.0});
  } else if constexpr (std::is_same_v<Plain, Mx>) {
    f("rounding", policy.rounding, kMxRoundings);
  }
}

/// True if the policy means nothing without its first setting.
template <class P>
inline constexpr bool needs_settings = std::is_same_v<P, Cscale>;

/// The granularity that the policy has where none is said: MX's and NVFP4's blocks, else the tensor.
template <class P>
constexpr Granularity usual_granularity(const P&) {
  if constexpr (std::is_same_v<P, Mx>) return block(1, 32);
  if constexpr (std::is_same_v<P, Nvfp4>) return block(1, 16);
  return kTensor;
}

inline constexpr std::size_t kPolicies = std::variant_size_v<Policy>;

/// f(a policy of each kind with its usual settings).
template <class F>
constexpr void for_each_policy(F&& f) {
  [&]<std::size_t... i>(std::index_sequence<i...>) { (f(std::variant_alternative_t<i, Policy>{}), ...); }
  (std::make_index_sequence<kPolicies>());
}

/// Their names, in the order of Policy.
constexpr Words<kPolicies> policy_names() {
  Words<kPolicies> names{};
  std::size_t i = 0;
  for_each_policy([&](const auto& policy) { names[i++] = policy_name(policy); });
  return names;
}

}  // namespace octavo::scaling
