// Progress and notes on stderr.
#include "experiments/program/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace octavo::experiments::program {

ProgressLine::ProgressLine(bool quiet) : shown_(!quiet && isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::operator()(double share, const std::string& what) {
  if (!shown_) return;
  const Clock::time_point now = Clock::now();
  if (now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  const double passed = std::chrono::duration<double>(now - start_).count();
  const std::string left = share > 0.01 ? fmt::format(", {:.0f} s left", passed / share * (1.0 - share)) : "";
  fmt::print(stderr, "\r\x1b[K{:3.0f} %  {}  {:.0f} s{}", 100.0 * share, what, passed, left);
  std::fflush(stderr);
}

void note(const std::string& text) { fmt::print(stderr, "octavo: note: {}\n", text); }

}  // namespace octavo::experiments::program
