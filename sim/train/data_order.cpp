// Permutations from a counter.
#include "sim/train/data_order.h"

#include <numeric>
#include <utility>

#include "sim/nn/random.h"

namespace octavo::sim::train {

std::int64_t DataOrder::operator[](std::int64_t number) {
  if (number / count_ != epoch_) {
    epoch_ = number / count_;
    order_.resize(static_cast<std::size_t>(count_));
    std::iota(order_.begin(), order_.end(), 0);
    const std::uint64_t key = nn::hash(nn::hash(seed_, 0xDA7A), static_cast<std::uint64_t>(epoch_));
    for (std::size_t i = order_.size(); i > 1; --i)  // Fisher and Yates; the bias of the remainder is below 2^-32
      std::swap(order_[i - 1], order_[nn::hash(key, i) % i]);
  }
  return order_[static_cast<std::size_t>(number % count_)];
}

}  // namespace octavo::sim::train
