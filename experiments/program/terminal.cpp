// Progress and notes on stderr.
#include "experiments/program/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace octavo::experiments::program {

ProgressLine::ProgressLine(bool quiet, WhenInterrupted when)
    : when_(std::move(when)), quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  if (!quiet_ && terminal_) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::announce(const std::string& work) {
  if (!quiet_) fmt::print(stderr, "octavo: running: {}\n", work);
}

void ProgressLine::operator()(double share, const std::string& what) {
  if (const int signal = SignalWatch::signal(); signal != 0)
    throw Interrupted(signal, when_.again, when_.kept ? when_.kept() : "");
  if (quiet_) return;
  const Clock::time_point now = Clock::now();
  if (now - last_ < (terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10'000))) return;
  last_ = now;
  const double passed = std::chrono::duration<double>(now - start_).count();
  const std::string left = share > 0.01 ? fmt::format(", {:.0f} s left", passed / share * (1.0 - share)) : "";
  const std::string line = fmt::format("{:3.0f} %  {}  {:.0f} s{}", 100.0 * share, what, passed, left);
  if (terminal_)
    fmt::print(stderr, "\r\x1b[K{}", line);
  else
    fmt::print(stderr, "octavo: running: {}\n", line);
  std::fflush(stderr);
}

void note(const std::string& text) { fmt::print(stderr, "octavo: note: {}\n", text); }

}  // namespace octavo::experiments::program
