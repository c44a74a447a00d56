// What block formats ask of a cast.
#include "scaling/cast_rule.h"

namespace octavo::scaling {

Cast cast_of(const formats::BlockFormat& format) {
  const Policy policy = format.tensor_scale             ? Policy(Nvfp4{})
                        : format.scale == formats::e8m0 ? Policy(Mx{})
                                                        : Policy(Current{});
  return {format.element, policy, block(format.rows, format.columns)};
}

std::uint64_t scale_bits(const Policy& policy, std::uint64_t blocks) {
  if (std::holds_alternative<Mx>(policy)) return 8 * blocks;
  return std::holds_alternative<Nvfp4>(policy) ? 8 * blocks + 32 : 32 * blocks;
}

}  // namespace octavo::scaling
