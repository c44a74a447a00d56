// What other libraries call the formats, so that a name copied from them is taken.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace octavo::formats {

/// A name as a library writes it, and the entry of a catalogue (formats/catalog.h, formats/block.h) that it means.
struct Spelling {
  std::string_view text;
  std::string_view name;
  std::string_view library;
};

/// Beside the catalogues' own names. Two need care: float8_e4m3 is ml_dtypes', with infinity, and so is not e4m3;
/// F8_E4M3 is safetensors' and OCP's.
std::span<const Spelling> spellings();

/// The name that `text` means: upper and lower case, _, - and spaces within, underscores in front and a module before a
/// point (torch.) make no difference. `text` in lower case where no spelling is like it.
std::string meant(std::string_view text);

/// `text` without what makes no difference: what two spellings of one name have in common.
std::string squeezed(std::string_view text);

/// The spellings of this entry, "float8_e4m3fn (torch, ml_dtypes)", in the order of the list.
std::vector<std::string> other_spellings(std::string_view name);

}  // namespace octavo::formats
