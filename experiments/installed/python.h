// Hands the drawing of figures to the Python programs that come with Octavo.
#pragma once

#include <string>
#include <vector>

namespace octavo::experiments {

/// Replaces this process by `script` (plot.py, report.py) with `arguments`, under $OCTAVO_PYTHON or /usr/bin/python3.
/// The scripts lie in share/octavo beside the program, or in the source tree it was built from. Throws Error if there
/// is no script or no Python; does not return otherwise.
[[noreturn]] void run_script(const std::string& script, const std::vector<std::string>& arguments);

}  // namespace octavo::experiments
