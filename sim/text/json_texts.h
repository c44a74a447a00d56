// Texts out of JSON: arrays, objects, lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/text/plain_text.h"

namespace octavo::sim::text {

/// The member that holds a document's text where none is named.
inline constexpr std::string_view kTextField = "text";

/// The texts of JSON lines: each line that is not blank is a string, or an object with its text in `field`. Throws
/// Error, naming `where` and the line, for another line, and if no object has the field.
std::vector<std::string> parse_json_lines(std::string_view bytes, std::string_view field, const std::string& where,
                                          TextNotes& notes);

/// The same from one JSON value, an array of such elements or one object; from lines if it is no JSON as a whole but
/// the first line is an object.
std::vector<std::string> parse_json_texts(std::string_view bytes, std::string_view field, const std::string& where,
                                          TextNotes& notes);

/// Whether the first line of `text` is a JSON object.
bool begins_with_json_object(std::string_view text);

}  // namespace octavo::sim::text
