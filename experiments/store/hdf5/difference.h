// Where two HDF5 groups differ, object by object, whatever they hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/store/hdf5/file.h"

namespace octavo::experiments::store {

/// An attribute, a dataset or a column of a table that is not the same in both.
struct Difference {
  enum class Kind : std::uint8_t { only_first, only_second, shape, type, values };
  std::string object;  ///< path below the groups; an attribute's name after @, a column's after :
  Kind kind = Kind::values;
  std::uint64_t differing = 0;  ///< elements, in any bit
  std::uint64_t elements = 0;   ///< of each
  std::uint64_t first = 0;      ///< index of the first that differs
  /// Largest |b - a| / |a| over numbers where both are finite and a is not 0; NaN if there is none.
  double largest_relative = 0;
};

/// All of them, in the order of names, but for the object called `without` in the groups themselves. `objects`, if not
/// null, grows by how many were looked at. Dimension scales' references are no content. Throws Error for what is
/// damaged or of a type that cannot be compared.
std::vector<Difference> differences(const Group& first, const Group& second, std::uint64_t* objects = nullptr,
                                    const std::string& without = "");

}  // namespace octavo::experiments::store
