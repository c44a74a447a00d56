// A vocabulary of the 256 bytes and nothing else, for models that are trained from scratch.
#pragma once

#include <string>

#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

/// Token id = byte; no BOS.
Vocabulary byte_vocabulary();

/// The same as a tokenizer.json that tokenizers and read_tokenizer_json() open.
std::string byte_tokenizer_json();

}  // namespace octavo::sim::text
