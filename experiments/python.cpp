// Running the drawing scripts.
#include "experiments/python.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "formats/error.h"

#ifndef OCTAVO_SCRIPTS
#define OCTAVO_SCRIPTS ""
#endif

namespace octavo::experiments {
namespace {

std::filesystem::path script_path(const std::string& script) {
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  std::vector<std::filesystem::path> folders;
  if (!failed) folders.push_back(program.parent_path().parent_path() / "share" / "octavo");
  folders.emplace_back(OCTAVO_SCRIPTS);
  for (const std::filesystem::path& folder : folders)
    if (std::filesystem::exists(folder / script, failed)) return folder / script;
  throw Error(
      fmt::format("{}: not found in {}; install Octavo with cmake --install", script, folders.front().string()));
}

}  // namespace

void run_script(const std::string& script, const std::vector<std::string>& arguments) {
  const char* chosen = std::getenv("OCTAVO_PYTHON");
  const std::string python = chosen != nullptr && *chosen != '\0' ? chosen : "/usr/bin/python3";
  const std::string path = script_path(script).string();
  std::vector<std::string> words{python, path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(python.c_str(), argv.data());
  throw Error(fmt::format("{}: cannot be run ({}); set OCTAVO_PYTHON to a Python 3 with h5py and matplotlib", python,
                          std::strerror(errno)));
}

}  // namespace octavo::experiments
