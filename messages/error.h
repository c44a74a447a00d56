// The one exception type for user errors: bad flags, files, recipes and names.
#pragma once

#include <stdexcept>

namespace octavo {

/// what() is one line that says what is wrong, where, and what to try. Programmer errors are asserted, not thrown.
class Error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace octavo
