// Putting windows together.
#include "sim/model/micro_batch.h"

#include <cassert>

namespace octavo::sim::model {

void MicroBatch::add(const text::Window& window) {
  batch.add(window.input);
  targets.insert(targets.end(), window.target.begin(), window.target.end());
}

std::int64_t MicroBatch::scored() const { return text::scored(targets); }

std::vector<MicroBatch> micro_batches(std::span<const text::Window> windows, std::int64_t size) {
  assert(size >= 1);
  std::vector<MicroBatch> result;
  for (const text::Window& window : windows) {
    if (result.empty() || result.back().batch.sequences() == size) {
      result.emplace_back();
      result.back().batch.number = result.size() - 1;
    }
    result.back().add(window);
  }
  return result;
}

}  // namespace octavo::sim::model
