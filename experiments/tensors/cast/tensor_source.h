// Where the tensors of octavo quantize come from: a file or a model, and which of its tensors are meant.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sim/file/tensor_file.h"

namespace octavo::experiments {

/// Named tensors, open: they are listed, no value is read.
struct TensorSource {
  std::shared_ptr<const sim::file::TensorFile> file;     ///< as it is stored
  std::shared_ptr<const sim::file::TensorFile> tensors;  ///< FP8 weights times their scales, else the same
  std::string name;                                      ///< base name
  std::uint64_t size = 0;
  std::string header_sha256;
  bool conv1d = false;  ///< the configuration beside them says that linear layers are Conv1D, which store [K, N]
  std::vector<std::string> notes;

  /// True if the tensor's first dimension is K, and not its last, as far as the configuration says.
  bool is_conv1d(const sim::file::TensorInfo& info) const;
};

/// Opens a .npy, .safetensors (or the .json index of sharded ones) or .gguf file, or a Hugging Face folder. A
/// config.json in the folder, or beside a safetensors file, says whether linear layers are Conv1D and how FP8 weights
/// are scaled; where it cannot be read, tensors are taken as they are stored, and a note says why. Throws Error if the
/// file cannot be read, is damaged, or is of another kind.
TensorSource open_tensors(const std::filesystem::path& path);

/// The tensors of `source` that `pattern` names (* matches any characters; empty: the only one). What a pattern with *
/// names beside and load cannot give, such as integers, is passed over with a line in `notes`. Throws Error if nothing
/// is left, and for names that cannot be recorded.
std::vector<const sim::file::TensorInfo*> select(const TensorSource& source, const std::string& pattern,
                                                 std::vector<std::string>& notes);

}  // namespace octavo::experiments
