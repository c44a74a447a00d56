// Labelled texts, to classify by label tokens: after the whole text the next token is the label.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/text/tokenizer.h"
#include "sim/text/windows.h"

namespace octavo::sim::text {

struct LabelledText {
  std::string label;
  std::string text;

  bool operator==(const LabelledText&) const = default;
};

/// Lines `label<TAB>text`, at least two labels among them; empty lines are skipped, a carriage return at the end is
/// dropped. Throws Error, naming `where` and the line, for a line without a tab, with a second one, or with an empty
/// side.
std::vector<LabelledText> parse_labelled_text(std::string_view bytes, const std::string& where);

/// The same from a file, which has to be text (plain_text.h) and may be compressed.
std::vector<LabelledText> read_labelled_text(const std::filesystem::path& path);

/// One window an example: BOS where the tokenizer has one, and the tokens of the text, the first `context` (>= 2) of
/// all these together. Only the last position is scored, against the label's token; the others' targets are
/// nn::kNotScored. No EOS comes between text and label. Throws Error, naming `where`, if a label is not one token (a
/// letter is one in every tokenizer), if two labels are the same token, or if a text has no token.
std::vector<Window> label_windows(const std::vector<LabelledText>& examples, const Tokenizer& tokenizer,
                                  std::int64_t context, const std::string& where);

}  // namespace octavo::sim::text
