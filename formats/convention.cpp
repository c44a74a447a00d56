// Conventions by name.
#include "formats/convention.h"

#include "formats/error.h"
#include "formats/named.h"

namespace octavo::formats {

const Convention& convention(std::string_view name) {
  if (const Convention* entry = find_named(kConventions, name)) return *entry;
  throw Error(unknown_name("cast convention", name, kConventions));
}

}  // namespace octavo::formats
