// Handlers that note a signal.
#include "experiments/program/terminal/interruption.h"

#include <unistd.h>

#include <csignal>
#include <string_view>

namespace octavo::experiments::program {
namespace {

volatile std::sig_atomic_t came = 0;

struct Handlers {
  struct sigaction interrupt;
  struct sigaction terminate;
};
Handlers before{};

extern "C" void note_signal(int signal) {
  came = signal;
  constexpr std::string_view kWords = "\noctavo: stopping at the next safe place; once more stops at once\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kWords.data() + (isatty(STDERR_FILENO) != 0 ? 0 : 1),
                                                 kWords.size() - (isatty(STDERR_FILENO) != 0 ? 0 : 1));
}

std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=@+%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + '\'';
}

}  // namespace

SignalWatch::SignalWatch() {
  came = 0;
  struct sigaction noting {};
  noting.sa_handler = note_signal;
  noting.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, nullptr, &before.interrupt);
  sigaction(SIGTERM, nullptr, &before.terminate);
  if (before.interrupt.sa_handler != SIG_IGN) sigaction(SIGINT, &noting, nullptr);  // of nohup and background jobs
  if (before.terminate.sa_handler != SIG_IGN) sigaction(SIGTERM, &noting, nullptr);
}

SignalWatch::~SignalWatch() {
  sigaction(SIGINT, &before.interrupt, nullptr);
  sigaction(SIGTERM, &before.terminate, nullptr);
}

int SignalWatch::signal() { return came; }

std::string command_again(int argc, char** argv, Again again) {
  std::string line;
  bool resumes = false;
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    if (again == Again::with_resume && word == "--force") continue;  // which would drop what is kept
    resumes = resumes || word == "--resume";
    line += (i > 0 ? " " : "") + quoted(word);
  }
  return again == Again::with_resume && !resumes ? line + " --resume" : line;
}

}  // namespace octavo::experiments::program
