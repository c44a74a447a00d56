// What to say of a mistyped word: the known ones near to it, or all that there are.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace octavo::messages {

/// The candidates near to `word`, at most three, all equally near. Near is within a third of the word's length in edits
/// (insert, delete or replace a character, swap two neighbours; case is no difference; one edit at least is allowed):
/// of the whole candidate or, for words of three characters or more, less near, of a part of it. Of a very long word
/// only the first 64 characters count.
std::vector<std::string_view> near(std::string_view word, std::span<const std::string_view> candidates);

/// A clause: "did you mean 'a' or 'b'?" of the near candidates; where none is near, `otherwise` or, if that is empty,
/// "there are a, b, c, ..." (at most a dozen).
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates,
                       std::string_view otherwise = {});

}  // namespace octavo::messages
