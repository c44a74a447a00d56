// A buffer of floats for packed operands: on a cache line, in huge pages if large, not initialised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace octavo::machine {

class AlignedFloats {
 public:
  AlignedFloats() = default;
  /// Throws std::bad_alloc.
  explicit AlignedFloats(std::int64_t count);

  float* data() { return values_.get(); }
  const float* data() const { return values_.get(); }

 private:
  struct Free {
    std::size_t bytes;
    void operator()(float* values) const;
  };
  std::unique_ptr<float, Free> values_;
};

}  // namespace octavo::machine
