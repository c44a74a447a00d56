// The King James Bible from Debian's bible-kjv, verse by verse.
#pragma once

#include <string>
#include <vector>

namespace octavo::experiments::studies {

/// One verse, with the third of the book that it is from: law and history (L: Genesis to Esther), poetry and prophets
/// (P: Job to Malachi), New Testament (N).
struct Verse {
  char part = 'L';
  std::string text;
};

/// All verses in order. Throws Error if the program `bible` is not there or says something else.
std::vector<Verse> bible();

/// The verses in lines "Ge1:1 In the beginning ...", as `bible -f` prints them. Throws Error for other lines.
std::vector<Verse> parse_verses(const std::string& lines);

}  // namespace octavo::experiments::studies
