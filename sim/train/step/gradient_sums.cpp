// Pieces of all tensors at once, so that threads share small tensors too.
#include "sim/train/step/gradient_sums.h"

#include <algorithm>

#include "machine/share.h"
#include "sim/nn/elementwise/elementwise.h"

namespace octavo::sim::train {
namespace {

struct Piece {
  std::size_t tensor = 0;
  std::span<const float> values;
};

std::vector<Piece> pieces_of(std::span<const std::span<const float>> tensors) {
  constexpr std::size_t kPiece = 1 << 14;
  std::vector<Piece> pieces;
  for (std::size_t tensor = 0; tensor < tensors.size(); ++tensor)
    for (std::size_t start = 0; start < tensors[tensor].size(); start += kPiece)
      pieces.push_back({tensor, tensors[tensor].subspan(start, std::min(kPiece, tensors[tensor].size() - start))});
  return pieces;
}

GradientSums& operator+=(GradientSums& sum, const GradientSums& part) {
  sum.squares += part.squares;
  sum.seen += part.seen;
  return sum;
}

}  // namespace

std::vector<GradientSums> sum_gradients(const scaling::LossScale& policy,
                                        std::span<const std::span<const float>> tensors) {
  constexpr double kNanoseconds = 10e3;  // a piece takes
  const std::vector<Piece> pieces = pieces_of(tensors);
  std::vector<GradientSums> sums(pieces.size());
  machine::share(static_cast<std::int64_t>(pieces.size()), kNanoseconds, [&](std::int64_t i) {
    const std::span<const float> values = pieces[static_cast<std::size_t>(i)].values;
    sums[static_cast<std::size_t>(i)] = {nn::sum_squares(values.data(), 0.0, static_cast<std::int64_t>(values.size())),
                                         scaling::observe_gradients(policy, values)};
  });
  std::vector<GradientSums> result(tensors.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) result[pieces[i].tensor] += sums[i];
  return result;
}

GradientSums total(std::span<const GradientSums> tensors) {
  GradientSums result;
  for (const GradientSums& tensor : tensors) result += tensor;
  return result;
}

}  // namespace octavo::sim::train
