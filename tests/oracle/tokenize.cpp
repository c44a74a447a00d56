// octavo_tokenize: ids of texts, for tests/oracle/token_ids.py to compare with other tokenizers'.
#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "sim/text/open/open.h"

/// Reads one JSON string a line, writes its ids as one JSON array a line.
int main(int argc, char** argv) try {
  using namespace octavo::sim::text;
  const bool as_text = argc == 4 && std::string_view(argv[1]) == "--no-special";
  if (argc != 3 && !as_text) {
    fmt::print(stderr, "usage: octavo_tokenize [--no-special] TOKENIZER VOCABULARY_SIZE < texts.jsonl > ids.jsonl\n");
    return 2;
  }
  const SpecialTokens special = as_text ? SpecialTokens::as_text : SpecialTokens::cut_out;
  const auto tokenizer = open_tokenizer(argv[argc - 2], std::stoll(argv[argc - 1]), special);
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = nlohmann::json::parse(line).get<std::string>();
    fmt::print("{}\n", nlohmann::json(tokenizer->encode(text)).dump());
  }
} catch (const std::exception& failure) {
  fmt::print(stderr, "octavo_tokenize: {}\n", failure.what());
  return 1;
}
