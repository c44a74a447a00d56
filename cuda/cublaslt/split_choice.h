// Which of a library's proposals, and which way of adding the parts, a forced split of K gets.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "messages/error.h"

namespace octavo::cuda {

/// How the parts of a split K meet. With f32 outputs all three add in f32.
enum class Reduction : std::uint8_t {
  compute_type,  ///< from a workspace, in f32
  in_place,      ///< in the output, one part after the other
  output_type,   ///< from a workspace, in the output's type
};

struct SplitChoice {
  int proposal = 0;
  Reduction reduction = Reduction::compute_type;
  constexpr bool operator==(const SplitChoice&) const = default;
};

/// The first of `proposals` algorithms from `first` on, and for it the first reduction, that `refusal(choice)` says
/// nothing against. The reduction that keeps the most bits is tried with every proposal before the next one is. Throws
/// Error with the last refusal.
template <class Refusal>
SplitChoice first_that_splits(int first, int proposals, int parts, const Refusal& refusal) {
  std::string last = "it proposes none";
  for (const Reduction reduction : {Reduction::compute_type, Reduction::in_place, Reduction::output_type}) {
    for (int i = first; i < proposals; ++i) {
      const SplitChoice choice{i, reduction};
      last = refusal(choice);
      if (last.empty()) return choice;
    }
  }
  throw Error("cuBLASLt: none of " + std::to_string(proposals - first) + " algorithms splits K into " +
              std::to_string(parts) + " parts, with none of three reductions: " + last);
}

}  // namespace octavo::cuda
