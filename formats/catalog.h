// Formats by name: the well-known ones, and every other of the form e<E>m<M>[b<bias>][fn|fnuz|ieee|none|nuz].
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "formats/spec.h"

namespace octavo::formats {

struct CatalogEntry {
  std::string_view name;  ///< as spec() takes it and name() gives it
  Spec spec;
  std::string_view description;
};

/// The formats with a name and meaning of their own: the 8-bit ones first, then smaller and larger ones.
std::span<const CatalogEntry> catalog();

/// The format called `name` (in any case): an entry of the catalog, also as other libraries spell it
/// (formats/spelling.h), or e<E>m<M> with 1 <= E <= 8 and 0 <= M <= 10, then optionally
/// b<bias> (an integer, may be negative) and the rule for special values. Without a rule it is that of the catalog's
/// e<E>m<M> if there is one (so e4m3b8 is finite-only as e4m3 is), else ieee, or fn where M = 0 leaves no room for
/// ieee's infinity beside NaN. Without a bias it is 2^(E-1) - 1, or 2^(E-1) for fnuz and nuz (as their makers chose).
/// Other families: binary8p<P>[s][e|f] of IEEE P3109, 1 <= P <= 7, extended unless f says finite; int<N>[q<F>], a
/// symmetric integer of 2 <= N <= 12 bits, F of them behind the point. Throws Error naming the near known formats if
/// the name has another form, and Error with the reason if the format is not valid(), for example because its largest
/// value is beyond binary32.
Spec spec(std::string_view name);

/// The name that spec() turns into `spec`: the catalog's if it has one, else the shortest of the general form. Formats
/// without sign or without zero have no name except e8m0; they get a description that spec() refuses. `spec` must be
/// valid().
std::string name(const Spec& spec);

}  // namespace octavo::formats
