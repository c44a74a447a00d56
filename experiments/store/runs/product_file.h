// What octavo gemm writes: products as HDF5, or one of them as .npy.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace octavo::experiments::store {

inline constexpr std::string_view kProductsSchema = "octavo-products";

/// A row of /tables/products. Errors are NaN where they have no meaning (docs/hdf5-schema.md).
struct ProductRow {
  std::string engine;
  std::string product;
  std::int64_t outputs = 0;
  std::int64_t differing = 0;
  std::int64_t non_finite = 0;
  std::int64_t largest_ulps = 0;
  double largest_relative_error = 0.0;
  double median_relative_error = 0.0;
  double normwise_relative_error = 0.0;
  double largest_absolute_error = 0.0;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("engine", row.engine);
    f("product", row.product);
    f("outputs", row.outputs);
    f("differing", row.differing);
    f("non_finite", row.non_finite);
    f("largest_ulps", row.largest_ulps);
    f("largest_relative_error", row.largest_relative_error);
    f("median_relative_error", row.median_relative_error);
    f("normwise_relative_error", row.normwise_relative_error);
    f("largest_absolute_error", row.largest_absolute_error);
  }
};

struct ProductOperand {
  std::string name;
  std::string sha256;
  std::string format;
  std::string scaling;
  std::int32_t bias = 0;
  std::int64_t rows = 0;
  std::int64_t depth = 0;
  std::int64_t nan = 0;       ///< elements
  std::int64_t infinite = 0;  ///< likewise
};

struct ProductFile {
  std::string command;
  ProductOperand a;
  ProductOperand b;
  std::int32_t reference = 0;  ///< index of the product that errors are against
  std::vector<ProductRow> rows;
  std::vector<std::span<const float>> d;  ///< by row, M x N each
};

/// Writes the whole file in place of `path`, atomically. Throws Error if that fails.
void write_products(const std::filesystem::path& path, const ProductFile& file);

}  // namespace octavo::experiments::store
