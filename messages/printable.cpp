// Names that come from files, made fit for a one-line message.
#include "messages/printable.h"

#include <fmt/format.h>

#include <iterator>

namespace octavo::messages {

std::string printable(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string out = "'";
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + (text.size() > longest ? "...'" : "'");
}

}  // namespace octavo::messages
