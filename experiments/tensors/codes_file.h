// Codes of tensors with their scales in files that NumPy, torch and octavo gemm read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiments/tensors/cast/cast_tensor.h"
#include "formats/spec.h"
#include "sim/file/tensor_file.h"

namespace octavo::experiments {

/// A tensor as codes of a format of at most 8 bits: value = decode(code) * inverse of its block. One code a byte, in
/// its low bits, whatever the format's width.
struct CodedTensor {
  std::string name;
  formats::Spec format{};
  std::string scaling;              ///< as scaling::to_text gives it, or words of where the scales come from
  std::vector<std::int64_t> shape;  ///< the last dimension is K; those before it are rows
  Codes codes;

  std::int64_t columns() const { return shape.empty() ? 1 : shape.back(); }
  std::int64_t rows() const;
};

/// Into a .safetensors file: each tensor under its name (F8_E4M3 and F8_E5M2 where they are that, else U8) and its
/// inverses [blocks down, across] as NAME_scale_inv in F32; format, scaling and granularity in `__metadata__`, for all
/// alike. Into a .npy file: one tensor's codes as uint8, and its inverses in float32 beside it, in scales_beside(path).
/// Throws Error for another kind of file, and where writing fails.
void write_codes(const std::filesystem::path& path, std::span<const CodedTensor> tensors);

/// NAME.npy -> NAME.scales.npy.
std::filesystem::path scales_beside(const std::filesystem::path& path);

/// Throws Error unless write_codes can write so many tensors under so many casts into a file of that name.
void check_codes_file(const std::filesystem::path& path, std::size_t tensors, std::size_t casts);

/// A tensor of a file that write_codes wrote as .safetensors; nothing if it is another file. Throws Error if the file
/// is damaged.
std::optional<CodedTensor> read_codes(const std::filesystem::path& path, const std::string& tensor);

/// The scales of a matrix in a .npy file of one or two dimensions: [] or [1, 1] for the tensor, [blocks down, across]
/// of blocks that divide it evenly. Throws Error for anything else.
void read_scales(const std::filesystem::path& path, std::int64_t rows, std::int64_t columns, Codes& codes);

}  // namespace octavo::experiments
