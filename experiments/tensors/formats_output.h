// Formats as tables for people and as JSON for programs: the catalogue, and one format with its codes.
#pragma once

#include <string>
#include <string_view>

namespace octavo::experiments {

/// Every format that has a name of its own, a line each; the text has the block formats too.
std::string catalog_text();
std::string catalog_json();

/// The limits of the format called `name` (see formats::spec) and, for 8 bits and fewer, the value of each code. In
/// JSON the values that JSON does not know are the strings "nan", "inf" and "-inf". Throws Error, with the nearest
/// name, if there is no such format.
std::string format_text(std::string_view name);
std::string format_json(std::string_view name);

}  // namespace octavo::experiments
