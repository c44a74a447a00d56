// From lines to examples to windows.
#include "sim/text/labelled_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/nn/loss.h"
#include "sim/text/plain_text.h"
#include "sim/text/read_text.h"

namespace octavo::sim::text {
namespace {

LabelledText parse_line(std::string_view line, const std::string& where, std::size_t number) {
  const auto fail = [&](std::string_view why) {
    throw Error(fmt::format("{}:{}: {}; a line is a label, a tab and a text", where, number, why));
  };
  const std::size_t tab = line.find('\t');
  if (tab == std::string_view::npos) fail("it has no tab");
  if (line.find('\t', tab + 1) != std::string_view::npos) fail("it has more than one tab");
  if (tab == 0) fail("its label is empty");
  if (tab + 1 == line.size()) fail("its text is empty");
  return {std::string(line.substr(0, tab)), std::string(line.substr(tab + 1))};
}

/// The token of each label.
std::map<std::string, std::int32_t> label_tokens(const std::vector<LabelledText>& examples, const Tokenizer& tokenizer,
                                                 const std::string& where) {
  std::map<std::string, std::int32_t> tokens;
  for (const LabelledText& example : examples) {
    if (tokens.contains(example.label)) continue;
    const std::vector<std::int32_t> ids = tokenizer.encode(example.label);
    if (ids.size() != 1)
      throw Error(fmt::format("{}: label {} is {} tokens; take labels of one token, such as letters", where,
                              messages::printable(example.label), ids.size()));
    for (const auto& [label, token] : tokens)
      if (token == ids.front())
        throw Error(fmt::format("{}: labels {} and {} are the same token; take others, such as letters", where,
                                messages::printable(label), messages::printable(example.label)));
    tokens[example.label] = ids.front();
  }
  return tokens;
}

}  // namespace

std::vector<LabelledText> parse_labelled_text(std::string_view bytes, const std::string& where) {
  std::vector<LabelledText> examples;
  std::size_t number = 0;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) examples.push_back(parse_line(line, where, number));
  }
  if (std::all_of(examples.begin(), examples.end(),
                  [&](const LabelledText& example) { return example.label == examples.front().label; }))
    throw Error(fmt::format("{}: it has fewer than two labels; a line is a label, a tab and a text", where));
  return examples;
}

std::vector<LabelledText> read_labelled_text(const std::filesystem::path& path) {
  TextNotes notes;
  return parse_labelled_text(decode_text(read_source(path), path.string(), notes), path.string());
}

std::vector<Window> label_windows(const std::vector<LabelledText>& examples, const Tokenizer& tokenizer,
                                  std::int64_t context, const std::string& where) {
  assert(context >= 2);
  const std::map<std::string, std::int32_t> tokens = label_tokens(examples, tokenizer, where);
  std::vector<Window> windows;
  windows.reserve(examples.size());
  for (const LabelledText& example : examples) {
    Window& window = windows.emplace_back();
    if (const std::optional<std::int32_t> bos = tokenizer.bos()) window.input.push_back(*bos);
    const std::vector<std::int32_t> ids = tokenizer.encode(example.text);
    if (ids.empty()) throw Error(fmt::format("{}: the text {} has no token", where, messages::printable(example.text)));
    const auto room = context - static_cast<std::int64_t>(window.input.size());
    window.input.insert(window.input.end(), ids.begin(),
                        ids.begin() + std::min<std::int64_t>(room, static_cast<std::int64_t>(ids.size())));
    window.target.assign(window.input.size(), nn::kNotScored);
    window.target.back() = tokens.at(example.label);
  }
  return windows;
}

}  // namespace octavo::sim::text
