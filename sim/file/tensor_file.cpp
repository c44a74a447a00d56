// A file of named tensors, as safetensors and GGUF both are.
#include "sim/file/tensor_file.h"

#include <fmt/format.h>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::sim::file {

const TensorInfo* TensorFile::find(std::string_view tensor) const {
  const auto found = index_.find(tensor);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

Tensor TensorFile::load(std::string_view tensor) const { return load_values(required(tensor)); }

std::span<const std::byte> TensorFile::stored(std::string_view tensor) const { return stored_bytes(required(tensor)); }

const TensorInfo& TensorFile::required(std::string_view tensor) const {
  const TensorInfo* const info = find(tensor);
  if (info == nullptr)
    throw Error(fmt::format("{}: there is no tensor {}", messages::printable(name_), messages::printable(tensor)));
  return *info;
}

void TensorFile::add(TensorInfo info) {
  if (!index_.emplace(info.name, tensors_.size()).second) {
    throw Error(fmt::format("{}: two tensors are named {}; the file is damaged", messages::printable(name_),
                            messages::printable(info.name)));
  }
  tensors_.push_back(std::move(info));
}

}  // namespace octavo::sim::file
