// Rows of q and k in another order.
#include "sim/model/open/rope_halves.h"

#include <algorithm>
#include <cassert>

namespace octavo::sim::model {

file::Tensor rope_halves(const file::Tensor& rows, std::int64_t heads) {
  const std::int64_t row_count = rows.shape.front();
  const std::int64_t half = row_count / heads / 2;
  assert(row_count == heads * half * 2);
  const std::int64_t row_width = static_cast<std::int64_t>(rows.values.size()) / std::max<std::int64_t>(row_count, 1);
  return file::filled(rows.shape, [&](float* out) {
    for (std::int64_t head = 0; head < heads; ++head) {
      for (std::int64_t i = 0; i < half; ++i) {
        for (std::int64_t member = 0; member < 2; ++member) {
          const std::int64_t from = (head * half + i) * 2 + member;
          const std::int64_t to = (head * 2 + member) * half + i;
          std::copy_n(rows.values.data() + from * row_width, row_width, out + to * row_width);
        }
      }
    }
  });
}

}  // namespace octavo::sim::model
