// The rest of a stream, where reading may fail on the way.
#pragma once

#include <istream>
#include <optional>
#include <string>

namespace octavo::messages {

/// Everything up to the end of the stream; nothing if reading fails. Iterators over a stream's buffer would throw what
/// names no file.
std::optional<std::string> read_stream(std::istream& in);

}  // namespace octavo::messages
