// Piece by piece.
#include "messages/read_stream.h"

namespace octavo::messages {

std::optional<std::string> read_stream(std::istream& in) {
  constexpr std::size_t kPiece = std::size_t{1} << 18;
  std::string text;
  while (in) {
    const std::size_t before = text.size();
    text.resize(before + kPiece);
    in.read(text.data() + before, static_cast<std::streamsize>(kPiece));
    text.resize(before + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return std::nullopt;
  return text;
}

}  // namespace octavo::messages
