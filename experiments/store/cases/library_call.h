// A library's call around a recorded product: scales, epilogue, types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/store/hdf5/bits.h"

namespace octavo::experiments::store {

/// How many scales an operand of a library's product has.
enum class ScaleMode : std::uint8_t {
  tensor,         ///< one
  outer,          ///< one for each row
  vec_128,        ///< one for each 1 x 128 block: rows x blocks of K
  block_128x128,  ///< one for each 128 x 128 block: blocks of rows x blocks of K
};
std::string_view name(ScaleMode mode);

/// The number of scales of an operand of rows x depth.
std::int64_t scale_count(ScaleMode mode, std::int64_t rows, std::int64_t depth);

/// What a library's call does to the product of codes: D = d_scale (alpha a_scale b_scale A B^T + beta c_scale C +
/// bias), amax the largest magnitude before d_scale.
struct LibraryCall {
  std::string output = "f32";  ///< type of d: f32, f16, bf16, e4m3, e5m2. c is of that type, bf16 beside FP8
  float alpha = 1;
  float beta = 0;  ///< of c; 0 without
  float c_scale = 1;
  float d_scale = 1;  ///< FP8 outputs
  ScaleMode a_mode = ScaleMode::tensor;
  ScaleMode b_mode = ScaleMode::tensor;
  std::vector<float> a_scales{1.0f};  ///< scale_count() of them, row-major
  std::vector<float> b_scales{1.0f};
  std::optional<Bits> bias{};           ///< b_rows values of 16 bits: f16 where d is, else bf16
  std::optional<std::uint32_t> amax{};  ///< bits of f32; nothing: not asked for

  bool operator==(const LibraryCall&) const = default;
};

/// Bits of an element of such an output; 0 for no output.
int output_bits(std::string_view output);

/// True if numbers of 16 bits beside such an output are bfloat16, not f16.
bool is_bf16(std::string_view output);

/// The call of a product of a_rows x b_rows x depth, in a group of its own. Throws Error that names what is wrong.
LibraryCall read_call(const Group& group, std::int64_t a_rows, std::int64_t b_rows, std::int64_t depth);
void write_call(const Group& group, const LibraryCall& call);

/// A string attribute that must be there.
std::string required_text(const Group& group, const std::string& name);

}  // namespace octavo::experiments::store
