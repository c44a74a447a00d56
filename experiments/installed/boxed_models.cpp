// Filling in what comes with Octavo.
#include "experiments/installed/boxed_models.h"

#include <system_error>

#include "experiments/installed/installed.h"

namespace octavo::experiments {
namespace {

std::filesystem::path in_box(const std::string& name) { return installed_path("models/" + name, "models/" + name); }

}  // namespace

SubjectFlags with_box(SubjectFlags flags) {
  std::error_code failed;
  const std::string model = flags.model.empty() ? "octavo-llama" : flags.model.string();
  if (flags.model.empty() || ((model == "octavo-llama" || model == "octavo-gpt") && !exists(flags.model, failed)))
    flags.model = in_box(model);
  if (flags.text.empty() && flags.token_ids.empty()) flags.text = in_box("esther.txt");
  return flags;
}

}  // namespace octavo::experiments
