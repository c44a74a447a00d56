// The command line as a run file records it.
#pragma once

#include <span>
#include <string>

namespace octavo::experiments {

/// "octavo sweep --model x.bin ...": without the flags that do not change a result (--out, --codes, --threads,
/// --checkpoint,
/// --cache, --resume, --force, --quiet, --json), paths as base names. `arguments` leave out the program's own name.
std::string canonical_command(std::span<const std::string> arguments);

}  // namespace octavo::experiments
