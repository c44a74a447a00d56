// Ctrl-C, and the signal that kill sends, as an exception at the next progress of long work.
#pragma once

#include <exception>
#include <string>

namespace octavo::experiments::program {

/// How to go on with work that was interrupted.
enum class Again : unsigned char {
  from_start,    ///< nothing of it is kept
  same_command,  ///< the same command goes on
  with_resume,   ///< the same command with --resume goes on
};

/// Thrown out of progress: what was under way is undone or kept by the destructors and handlers on its way to main,
/// which says so and ends the program.
class Interrupted : public std::exception {
 public:
  Interrupted(int signal, Again again, std::string kept) : signal_(signal), again_(again), kept_(std::move(kept)) {}
  const char* what() const noexcept override { return "interrupted"; }

  /// 130 or 143, as shells have it.
  int status() const { return 128 + signal_; }
  Again again() const { return again_; }
  const std::string& kept() const { return kept_; }  ///< what there is of the work, in words; may be empty

 private:
  int signal_;
  Again again_;
  std::string kept_;
};

/// While one lives, SIGINT and SIGTERM are noted, and told to whoever asks; a second one ends the process at once, as
/// does the first otherwise. One at a time.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// The signal that came, or 0.
  static int signal();
};

/// The command line that goes on with interrupted work, quoted for a shell.
std::string command_again(int argc, char** argv, Again again);

}  // namespace octavo::experiments::program
