// Conventions by name.
#include "formats/convention.h"

#include <cstddef>
#include <string>

#include "formats/error.h"
#include "formats/nearest.h"

namespace octavo::formats {

const Convention& convention(std::string_view name) {
  std::array<std::string_view, kConventions.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (kConventions[i].name == name) return kConventions[i];
    names[i] = kConventions[i].name;
  }
  throw Error("unknown cast convention '" + std::string(name.substr(0, 64)) + "'; did you mean '" +
              std::string(nearest(name, names)) + "'?");
}

}  // namespace octavo::formats
