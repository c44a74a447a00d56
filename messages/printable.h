// Names that come from files, made fit for a one-line message.
#pragma once

#include <string>
#include <string_view>

namespace octavo::messages {

/// `text` between single quotes, control characters as \xHH, cut after 200 bytes: a hostile name cannot break the line.
std::string printable(std::string_view text);

}  // namespace octavo::messages
