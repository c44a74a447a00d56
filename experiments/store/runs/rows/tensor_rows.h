// The rows of the tables on tensors and formats; docs/hdf5-schema.md defines every field.
#pragma once

#include <cstdint>
#include <string>

namespace octavo::experiments::store {

/// One row of /tables/quantize: a tensor under a format and a scaling.
struct QuantizeRow {
  static constexpr const char* kTable = "quantize";

  std::string tensor;
  std::string format;
  std::string scaling;
  std::int32_t bias = 0;
  double amax = 0.0;
  double snr_db = 0.0;
  double underflow_fraction = 0.0;
  double overflow_fraction = 0.0;
  std::uint64_t elements = 0;
  std::int32_t run = 0;
  double scale = 1.0;
  std::uint64_t blocks = 1;
  double bits_per_element = 0.0;
  double effective_bits = 0.0;
  double code_entropy_bits = 0.0;
  std::int32_t codes_used = 0;
  double saturated_fraction = 0.0;
  std::uint64_t nan_scales = 0;
  std::string rounding = "nearest";

  bool operator==(const QuantizeRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("tensor", row.tensor);
    f("format", row.format);
    f("scaling", row.scaling);
    f("bias", row.bias);
    f("amax", row.amax);
    f("snr_db", row.snr_db);
    f("underflow_fraction", row.underflow_fraction);
    f("overflow_fraction", row.overflow_fraction);
    f("elements", row.elements);
    f("run", row.run);
    f("scale", row.scale);
    f("blocks", row.blocks);
    f("bits_per_element", row.bits_per_element);
    f("effective_bits", row.effective_bits);
    f("code_entropy_bits", row.code_entropy_bits);
    f("codes_used", row.codes_used);
    f("saturated_fraction", row.saturated_fraction);
    f("nan_scales", row.nan_scales);
    f("rounding", row.rounding);
  }
};

/// One row of /tables/formats: a source of values under a format and a scaling.
struct FormatRow {
  static constexpr const char* kTable = "formats";

  std::string source;
  std::string format;
  std::string scaling;
  std::int32_t bias = 0;
  double snr_db = 0.0;
  double others_snr_db = 0.0;
  double underflow_fraction = 0.0;
  double overflow_fraction = 0.0;
  std::uint64_t elements = 0;

  bool operator==(const FormatRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("source", row.source);
    f("format", row.format);
    f("scaling", row.scaling);
    f("bias", row.bias);
    f("snr_db", row.snr_db);
    f("others_snr_db", row.others_snr_db);
    f("underflow_fraction", row.underflow_fraction);
    f("overflow_fraction", row.overflow_fraction);
    f("elements", row.elements);
  }
};

}  // namespace octavo::experiments::store
