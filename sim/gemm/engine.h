// An arithmetic engine: how D = A B^T is computed. Operands are packed once and multiplied many times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "formats/spec.h"
#include "sim/gemm/operand.h"

namespace octavo::sim::gemm {

enum class Side : std::uint8_t { a, b };

/// Scales that an engine multiplies itself: codes of `format`, one for every `depth` elements of K of each row.
struct NativeScales {
  formats::Spec format{};
  std::int64_t depth = 0;
};

/// An operand in the layout that one engine wants. Only the engine that packed it can read it. What was packed for side
/// a may read the operand's memory, which must stay as it is until the last product; side b's stands alone.
struct Packed {
  virtual ~Packed() = default;
  std::int64_t rows = 0;
  std::int64_t depth = 0;
};

/// An engine is immutable and may be used by many threads at once. `multiply` called outside a parallel region shares
/// its work among threads; inside one it runs on the calling thread.
class Engine {
 public:
  virtual ~Engine() = default;

  /// The name a recipe gives it.
  virtual std::string_view name() const = 0;

  /// One line for provenance: everything that decides the bits, or that the order is not defined.
  virtual std::string description() const = 0;

  /// True if the engine multiplies values (fp32, eigen); an engine of codes takes 8-bit operands only.
  virtual bool takes_values() const = 0;

  /// Any of these must come with an engine's operands, and both operands of a product have the same format of scales; a
  /// scale may cover several times its elements of K, and several rows. None (all but block-scaled tensor cores): the
  /// engine does not look at scales, which are for gemm/scaled to undo.
  virtual std::span<const NativeScales> native_scales() const { return {}; }

  virtual std::unique_ptr<Packed> pack(Side side, const Operand& operand) const = 0;

  /// d[m * ldd + n] = c + sum over k of a[m, k] b[n, k], with c = d's old content if `accumulate`, else 0.
  /// Equal depths; ldd >= b.rows. NaN and infinity follow the engine's arithmetic; nothing is thrown.
  virtual void multiply(const Packed& a, const Packed& b, float* d, std::int64_t ldd,
                        bool accumulate = false) const = 0;
};

}  // namespace octavo::sim::gemm
