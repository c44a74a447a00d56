// Which training sequence comes when: a function of seed and number, so that a resumed run goes on where it stopped.
#pragma once

#include <cstdint>
#include <vector>

namespace octavo::sim::train {

/// Sequences 0..count-1 in a new random order each epoch.
class DataOrder {
 public:
  /// count >= 1.
  DataOrder(std::uint64_t seed, std::int64_t count) : seed_(seed), count_(count) {}

  /// The sequence that is drawn as number 0, 1, 2, ... of the run.
  std::int64_t operator[](std::int64_t number);

 private:
  std::uint64_t seed_;
  std::int64_t count_;
  std::int64_t epoch_ = -1;
  std::vector<std::int64_t> order_;  ///< of epoch_
};

}  // namespace octavo::sim::train
