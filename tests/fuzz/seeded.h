// What the fuzzers share: a copy of the input that sanitizers guard, the only exception allowed, and seeds made by
// code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "messages/error.h"

// libFuzzer's own mutations.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace octavo::fuzz {

/// Runs `read`; Error with a message of one line is an answer, everything else is a finding.
template <class Read>
void expect_result_or_error(Read&& read) {
  try {
    read();
  } catch (const Error& error) {
    if (std::strchr(error.what(), '\n') != nullptr) std::abort();
  }
}

/// A mutation for LLVMFuzzerCustomMutator: now and then begins anew from one of `seeds`, otherwise mutates what is
/// there.
inline std::size_t mutate_or_seed(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned random,
                                  const std::vector<std::string>& seeds) {
  std::minstd_rand generator(random);
  if (size <= 1 || generator() % 64 == 0) {
    const std::string& seed = seeds[generator() % seeds.size()];
    if (seed.size() <= max_size) {
      std::memcpy(data, seed.data(), seed.size());
      size = seed.size();
    }
  }
  return LLVMFuzzerMutate(data, size, max_size);
}

}  // namespace octavo::fuzz
