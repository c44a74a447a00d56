// Single instructions on a GPU: spans in, bits out.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cuda/instruction.h"

namespace octavo::cuda {

class Probes {
 public:
  virtual ~Probes() = default;

  virtual std::vector<std::uint32_t> convert(const Conversion& conversion, std::span<const std::uint32_t> in) = 0;

  /// Digests (cuda/digest.h), made on the device, of the outputs of all 65,536 f32 inputs with each upper half,
  /// ascending. Conversions from f32.
  virtual std::vector<std::uint32_t> conversion_digests(const Conversion& conversion,
                                                        std::span<const std::uint32_t> uppers) = 0;

  /// d[i] = c[i] + a[i] . b[i] by one mma.sync (one wgmma) each; c may be empty: zeros. Codes of count x depth. Of
  /// instruction.whole: D = A B^T + C of one instruction, D row by row.
  virtual std::vector<std::uint32_t> mma_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                              std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) = 0;
  virtual std::vector<std::uint32_t> wgmma_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                                std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) = 0;

  /// Dots with sparse wgmma: of each group of four along K of a, the two codes that `selected` names are stored
  /// (count x 32, count x 16 and, for b, count x 64).
  virtual std::vector<std::uint32_t> sparse_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                                 std::span<const std::uint8_t> selected,
                                                 std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) = 0;
};

}  // namespace octavo::cuda
