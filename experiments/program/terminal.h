// What the program tells people on stderr while it works.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "experiments/program/terminal/interruption.h"

namespace octavo::experiments::program {

/// What becomes of work that is interrupted.
struct WhenInterrupted {
  Again again = Again::from_start;
  std::function<std::string()> kept{};  ///< what there is of it by then, in words
};

/// The share done and the time left of long work: on a terminal one line that is gone when this is destroyed; elsewhere
/// a line at most every ten seconds. Nothing if `quiet`. While it lives, SIGINT and SIGTERM make it throw Interrupted.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet, WhenInterrupted when = {});
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// A line on what the work is, before it starts.
  void announce(const std::string& work);

  void operator()(double share, const std::string& what);

 private:
  using Clock = std::chrono::steady_clock;
  SignalWatch signals_;
  WhenInterrupted when_;
  bool quiet_;
  bool terminal_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

/// "octavo: note: ..." on a line of its own.
void note(const std::string& text);

}  // namespace octavo::experiments::program
