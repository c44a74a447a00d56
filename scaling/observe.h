// First of a cast's three steps: what is to be known of a tensor before its scales are chosen.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scaling/matrix.h"
#include "scaling/policy/policies.h"

namespace octavo::scaling {

/// Of a tensor, by scale in the order of BlockGrid. Those of tensors of one shape that are to share their scales (parts
/// of a batch, replicas) merge: amaxes and counts in any order.
struct Observations {
  formats::MeasuredAmax tensor;               ///< of all of it
  std::vector<formats::MeasuredAmax> amaxes;  ///< by scale
  std::vector<std::vector<Round>> rounds{};   ///< by scale, of a policy that counts
  std::uint64_t merged = 1;                   ///< tensors that are in it

  bool operator==(const Observations&) const = default;
};

/// Amaxes of all scales. The same for any number of threads and instruction set.
Observations observe(const Matrix& x);

/// Adds what another tensor of the shape gave. Rounds are merged before they are kept (add_round).
void merge(Observations& into, const Observations& other);

/// The next round that the policy wants of x, by scale; empty if it wants none of any scale. A scale that wants none
/// beside others that do has one without counts.
std::vector<std::optional<Round>> next_round(const Matrix& x, const Policy& policy, const Observations& seen);

/// Adds the same round of another tensor.
void merge(std::vector<std::optional<Round>>& into, const std::vector<std::optional<Round>>& other);

/// Keeps a round, which the next one may depend on.
void add_round(Observations& seen, std::vector<std::optional<Round>> round);

/// All that the policy reads, of one tensor alone.
Observations observe_all(const Matrix& x, const Policy& policy);

/// What the policy sees of scale number `i`.
Observation observation_of(const Observations& seen, const BlockGrid& grid, std::size_t i);

/// Amaxes of the blocks in rows [first, last), added to those that `amaxes` holds from the first of these rows' blocks
/// on; on the calling thread.
void observe_rows(const Matrix& x, std::int64_t first, std::int64_t last, formats::MeasuredAmax* amaxes);

}  // namespace octavo::scaling
