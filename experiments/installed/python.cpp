// Running the drawing scripts.
#include "experiments/installed/python.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "experiments/installed/installed.h"
#include "messages/error.h"

namespace octavo::experiments {

void run_script(const std::string& script, const std::vector<std::string>& arguments) {
  const char* chosen = std::getenv("OCTAVO_PYTHON");
  const std::string python = chosen != nullptr && *chosen != '\0' ? chosen : "/usr/bin/python3";
  const std::string path = installed_path(script, "notebooks_export/" + script).string();
  std::vector<std::string> words{python, path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  // Ctrl-C while Python starts waits until the script can take it: Python itself would print where it was.
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  sigprocmask(SIG_BLOCK, &interrupt, nullptr);
  execv(python.c_str(), argv.data());
  sigprocmask(SIG_UNBLOCK, &interrupt, nullptr);
  throw Error(fmt::format("{}: cannot be run ({}); set OCTAVO_PYTHON to a Python 3 with h5py and matplotlib", python,
                          std::strerror(errno)));
}

}  // namespace octavo::experiments
