// How --help looks: plain words for what a flag takes, lines of at most 80 characters.
#pragma once

namespace CLI {
class App;
}

namespace octavo::experiments::program {

/// Gives `app` and all commands below it that look. Call it once every flag is declared.
void set_help_text(CLI::App& app);

}  // namespace octavo::experiments::program
