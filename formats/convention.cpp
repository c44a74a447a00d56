// Conventions by name.
#include "formats/convention.h"

#include "messages/error.h"
#include "messages/named.h"

namespace octavo::formats {

const Convention& convention(std::string_view name) {
  if (const Convention* entry = messages::find_named(kConventions, name)) return *entry;
  throw Error(messages::unknown_name("cast convention", name, kConventions));
}

}  // namespace octavo::formats
