// Model files made by tests, and what tests say about files that are refused.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "messages/error.h"
#include "tests/sim/file/file_bytes.h"

namespace octavo::sim::file {

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A folder that goes when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("octavo-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// The callable throws Error with a message of one line that `matcher` accepts.
template <class Matcher>
auto throws_one_line(Matcher matcher) {
  return testing::ThrowsMessage<Error>(testing::AllOf(testing::Not(testing::HasSubstr("\n")), matcher));
}

/// True if `read` succeeds or throws Error with one line; any other end is a defect of the reader.
template <class Read>
bool read_or_one_line_error(Read&& read) {
  try {
    read();
  } catch (const Error& error) {
    return std::string(error.what()).find('\n') == std::string::npos;
  }
  return true;
}

}  // namespace octavo::sim::file
