// The list of subcommands.
#include "experiments/program/subcommand.h"

#include "experiments/program/terminal/help_text.h"

namespace octavo::experiments::program {

std::vector<Subcommand> add_subcommands(CLI::App& app) {
  std::vector<Subcommand> all{add_eval(app),    add_generate(app), add_sweep(app),  add_train(app),   add_formats(app),
                              add_recipes(app), add_quantize(app), add_gemm(app),   add_run(app),     add_compare(app),
                              add_capture(app), add_plot(app),     add_report(app), add_version(app), add_help(app)};
  set_help_text(app);
  return all;
}

}  // namespace octavo::experiments::program
