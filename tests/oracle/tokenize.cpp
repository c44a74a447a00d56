// octavo_tokenize: ids of texts, for tests/oracle/token_ids.py to compare with other tokenizers'.
#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/text/open/open.h"

/// Reads one JSON string a line, writes its ids as one JSON array a line.
int main(int argc, char** argv) try {
  if (argc != 3) {
    fmt::print(stderr, "usage: octavo_tokenize TOKENIZER VOCABULARY_SIZE < texts.jsonl > ids.jsonl\n");
    return 2;
  }
  const auto tokenizer = octavo::sim::text::open_tokenizer(argv[1], std::stoll(argv[2]));
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = nlohmann::json::parse(line).get<std::string>();
    fmt::print("{}\n", nlohmann::json(tokenizer->encode(text)).dump());
  }
} catch (const std::exception& failure) {
  fmt::print(stderr, "octavo_tokenize: {}\n", failure.what());
  return 1;
}
