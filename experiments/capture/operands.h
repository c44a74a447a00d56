// Making a recorded case's operands again from its origin.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "experiments/capture/families/plan.h"
#include "experiments/store/cases/cases.h"

namespace octavo::experiments::capture {

/// Most results of a case that are recorded without operands: whoever compares makes all of a family's at once.
inline constexpr std::int64_t kLargestRemadeCount = 1'000'000;

/// Cases of one family, seed, count and target are planned once.
class Operands {
 public:
  /// Fills in the operands of a case of answers alone; a case with operands stays as it is. Throws Error that names the
  /// case: no such family or case, answers of another shape, or operands of another digest than the recorded one (by
  /// another version of the families, or a mathematical library whose logarithm rounds otherwise).
  void restore(store::Case& one);

 private:
  const store::Case& planned(const store::Case& one);

  std::string request_;
  std::map<std::string, store::Case> planned_;
};

}  // namespace octavo::experiments::capture
