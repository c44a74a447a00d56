// Checkpoints whose weights are FP8 codes with scales beside them.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/file/tensor_file.h"

namespace octavo::sim::model {

/// How many rows and columns of a weight share a scale where blocks do.
struct ScaleBlock {
  std::int64_t rows = 128;
  std::int64_t columns = 128;
};

/// The block that `quantization_config` (of config.json, called `where`) names, DeepSeek's 128 x 128 if it names none.
/// Throws Error, naming the method, unless it is one that keeps weights as FP8 codes: fp8 (DeepSeek's and
/// transformers'), fbgemm_fp8, compressed-tensors in the format float-quantized, modelopt with the algorithm FP8.
ScaleBlock read_quantization(const nlohmann::json& quantization_config, const std::string& where);

/// A file of tensors with its FP8 weights multiplied out: value = code * scale, the product in binary32. A weight
/// NAME has its scale in NAME_scale (compressed-tensors, ModelOpt, FBGEMM) or NAME_scale_inv (DeepSeek, which names the
/// inverse of what the cast multiplied by): one number, one a row, or one a block. Scales are not listed. A code tensor
/// without a scale loads as the values of its codes.
class Dequantised : public file::TensorFile {
 public:
  /// `file` must outlive this. Throws Error, naming the tensor, for a weight with two scales or one of another shape.
  Dequantised(const file::TensorFile& file, ScaleBlock block);

  /// Names of weights that are multiplied by a scale.
  const std::vector<std::string>& scaled() const { return scaled_; }
  /// Names of FP8 tensors without one.
  const std::vector<std::string>& unscaled() const { return unscaled_; }

  bool loads(const file::TensorInfo& info) const override { return file_.loads(info); }

 private:
  file::Tensor load_values(const file::TensorInfo& info) const override;
  std::span<const std::byte> stored_bytes(const file::TensorInfo& info) const override {
    return file_.stored(info.name);
  }
  /// Null if there is none.
  const file::TensorInfo* find_scale(const file::TensorInfo& weight) const;

  const file::TensorFile& file_;
  std::map<std::string, const file::TensorInfo*, std::less<>> scale_of_;
  ScaleBlock block_;
  std::vector<std::string> scaled_, unscaled_;
};

}  // namespace octavo::sim::model
