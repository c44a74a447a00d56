// What an evaluation scores: see windows.h.
#include "sim/text/windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "messages/error.h"
#include "sim/nn/loss.h"

namespace octavo::sim::text {

std::vector<Window> evaluation_windows(const std::vector<Document>& documents, std::optional<std::int32_t> bos,
                                       std::int64_t context, std::int64_t max_tokens, const std::string& where) {
  assert(context >= 1 && max_tokens >= 1);
  std::vector<Window> windows;
  std::int64_t left = max_tokens;
  for (const Document& document : documents) {
    const auto end = static_cast<std::int64_t>(document.size());
    // The next token to score; with BOS that is the first one.
    for (std::int64_t next = bos ? 0 : 1; next < end && left > 0;) {
      const std::int64_t length = std::min({context, end - next, left});
      const auto target = document.begin() + next;
      Window window{{}, {target, target + length}};
      window.input.reserve(static_cast<std::size_t>(length));
      window.input.push_back(bos ? *bos : *(target - 1));
      window.input.insert(window.input.end(), target, target + (length - 1));
      windows.push_back(std::move(window));
      next += length;
      left -= length;
    }
  }
  if (windows.empty()) {
    throw Error(fmt::format("{}: there is nothing to score: a text needs at least {}", where,
                            bos ? "one token" : "two tokens"));
  }
  return windows;
}

std::int64_t scored(std::span<const std::int32_t> targets) {
  return std::ranges::count_if(targets, [](std::int32_t target) { return target != nn::kNotScored; });
}

std::int64_t scored(std::span<const Window> windows) {
  std::int64_t count = 0;
  for (const Window& window : windows) count += scored(window.target);
  return count;
}

std::vector<Document> encode_documents(const Tokenizer& tokenizer, const std::vector<std::string>& texts) {
  std::vector<Document> documents;
  documents.reserve(texts.size());
  for (const std::string& text : texts) {
    documents.push_back(tokenizer.encode(text));
    if (const std::optional<std::int32_t> eos = tokenizer.appended_eos()) documents.back().push_back(*eos);
  }
  return documents;
}

std::int64_t count_added(const Tokenizer& tokenizer, const std::vector<Document>& documents) {
  std::int64_t count = 0;
  for (const Document& document : documents) {
    const auto end = document.end() - (tokenizer.appended_eos() ? 1 : 0);
    count += std::count_if(document.begin(), end, [&](std::int32_t id) { return tokenizer.is_added(id); });
  }
  return count;
}

}  // namespace octavo::sim::text
