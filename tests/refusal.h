// The message that a call is refused with.
#pragma once

#include <string>

#include "messages/error.h"

namespace octavo::tests {

/// What the Error says that `call` throws, or "accepted".
template <class Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace octavo::tests
