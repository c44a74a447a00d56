// How Hugging Face's checkpoints name the tensors of GPT-2 and Llama.
#pragma once

#include "sim/file/tensor_file.h"
#include "sim/model/open/assemble.h"

namespace octavo::sim::model {

/// As transformers writes them.
Layout gpt2_layout();
Layout llama_layout();

/// The layout with the prefixes that this file's names have: those that wrappers left (_orig_mod. of torch.compile,
/// module. of DistributedDataParallel, _fsdp_wrapped_module., base_model.model., ...), and without model. or
/// transformer. where the inner model was saved alone. They are found by the first norm of decoder 0. A note says what
/// was taken off.
Layout with_prefixes_of(const file::TensorFile& file, Layout layout, Notes& notes);

}  // namespace octavo::sim::model
