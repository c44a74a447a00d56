// Where tests find recorded GPU results and sample models, and how they skip when those are not there.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "octavo_test_paths.h"

inline std::filesystem::path shared_path(const std::string& relative) {
  return std::filesystem::path(OCTAVO_SHARED) / relative;
}

/// Skips the calling test, with the path that is missing, unless shared data `relative` exists.
#define OCTAVO_REQUIRE_SHARED(relative)                                                     \
  do {                                                                                      \
    if (!std::filesystem::exists(shared_path(relative)))                                    \
      GTEST_SKIP() << "needs " << shared_path(relative) << " (set OCTAVO_SHARED in CMake)"; \
  } while (false)
