// Rows of /tables/formats from tensors in memory.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "experiments/store/runs/rows/tensor_rows.h"
#include "experiments/tensors/format_casts.h"
#include "experiments/tensors/random_tensors.h"

namespace octavo::experiments {

/// What a cast with these statistics did to a source; the bias is left to be filled in.
store::FormatRow row_of(const std::string& source, const NamedCast& named, const formats::CastStatistics& statistics);

/// Appends the rows of tensors, each cast as one row.
class FormatRows {
 public:
  /// Curves have the constant scales 2^first to 2^last. `casts` and `rows` must outlive it.
  FormatRows(int first, int last, const Casts& casts, std::vector<store::FormatRow>& rows)
      : first_(first), last_(last), casts_(casts), rows_(rows) {}

  /// A row a format and scale.
  void curves(const std::string& source, std::span<const float> x);

  /// A row a format and policy.
  void policies(const RandomTensor& tensor);

 private:
  void add(const std::string& source, const NamedCast& named, std::span<const float> x,
           const std::vector<std::uint32_t>& outliers);

  int first_;
  int last_;
  const Casts& casts_;
  std::vector<store::FormatRow>& rows_;
};

}  // namespace octavo::experiments
