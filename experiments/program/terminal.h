// What the program tells people on stderr while it works.
#pragma once

#include <chrono>
#include <string>

namespace octavo::experiments::program {

/// One line with the share done and the time left, only on a terminal and unless `quiet`. Gone when it is destroyed.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void operator()(double share, const std::string& what);

 private:
  using Clock = std::chrono::steady_clock;
  bool shown_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
};

/// "octavo: note: ..." on a line of its own.
void note(const std::string& text);

}  // namespace octavo::experiments::program
