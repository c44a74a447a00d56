// Forms, and their names.
#include "experiments/capture/families/forms.h"

#include <fmt/format.h>

namespace octavo::experiments::capture {

std::vector<Form> wgmma_forms() {
  return {{},
          {.columns = 16},
          {.columns = 64},
          {.columns = 128},
          {.columns = 256},
          {.a_in_registers = true},
          {.columns = 16, .a_in_registers = true},
          {.columns = 64, .a_in_registers = true},
          {.columns = 128, .a_in_registers = true},
          {.columns = 256, .a_in_registers = true},
          {.negate_a = true},
          {.negate_b = true},
          {.negate_a = true, .negate_b = true}};
}

bool has_form(const Types& types, const Form& form) { return form.columns <= 64 || types.a == types.b; }

std::string to_string(const Form& form) {
  std::string text;
  const auto add = [&](bool there, const std::string& what) {
    if (there) text += (text.empty() ? "" : " ") + what;
  };
  add(form.columns != 8, fmt::format("n={}", form.columns));
  add(form.a_in_registers, "a=registers");
  add(form.negate_a, "negated a");
  add(form.negate_b, "negated b");
  add(form.ignore_c, "scale-d=0");
  add(form.high_lane, "upper half");
  add(form.proposal != 0, fmt::format("proposal {}", form.proposal));
  return text;
}

}  // namespace octavo::experiments::capture
