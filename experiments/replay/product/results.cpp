// A case's results on the engine or, of dots, on the reference.
#include <fmt/format.h>

#include <bit>
#include <memory>

#include "experiments/replay/emulator.h"
#include "formats/decode.h"
#include "formats/encode.h"
#include "machine/share.h"
#include "messages/error.h"
#include "sim/gemm/tensor_core/reference.h"
#include "sim/gemm/tensor_core/split_k.h"

namespace octavo::experiments::replay {

using sim::gemm::DepthOrder;
using sim::gemm::ElementTable;
using sim::gemm::Operand;
using sim::gemm::Side;

Operand EmulatedProduct::operand(Side side, std::int64_t first, std::int64_t rows) const {
  const std::vector<std::uint8_t>& codes = side == Side::a ? data_.a : data_.b;
  return Operand::of_codes(codes.data() + first * data_.depth, side == Side::a ? a_format_ : b_format_, rows,
                           data_.depth);
}

/// What the product starts from: c, unless the library adds it afterwards.
float EmulatedProduct::addend_value(std::int64_t result) const {
  if (library_) return 0.0f;
  return f16_ ? static_cast<float>(formats::decode(formats::fp16, addend(result)))
              : std::bit_cast<float>(addend(result));
}

std::vector<float> EmulatedProduct::by_reference() const {
  const DepthOrder order = sim::gemm::depth_order(product_.split, data_.depth, row_->depth);
  const ElementTable a_table = sim::gemm::element_table(a_format_, row_->operands_as_f16);
  const ElementTable b_table = sim::gemm::element_table(b_format_, row_->operands_as_f16);
  std::vector<float> d(data_.d.values.size());
  machine::share(data_.a_rows, 20.0 * static_cast<double>(data_.depth), [&](std::int64_t i) {
    const auto ordered = [&](const std::vector<std::uint8_t>& codes) {
      std::vector<std::uint8_t> row;
      for (const std::int64_t k : order.order)
        row.push_back(k < 0 ? std::uint8_t{0} : codes[static_cast<std::size_t>(i * data_.depth + k)]);
      return row;
    };
    const std::vector<std::uint8_t> a = ordered(data_.a);
    const std::vector<std::uint8_t> b = ordered(data_.b);
    d[static_cast<std::size_t>(i)] =
        sim::gemm::dot(product_, *row_, {a.data(), &a_table}, {b.data(), &b_table}, order, addend_value(i));
  });
  return d;
}

std::vector<float> EmulatedProduct::by_engine() const {
  const bool gemm = data_.layout == store::CaseLayout::gemm;
  std::vector<float> d(data_.d.values.size());
  for (std::size_t i = 0; i < d.size(); ++i) d[i] = addend_value(static_cast<std::int64_t>(i));
  const std::int64_t rows = gemm ? data_.a_rows : 1;
  const std::int64_t columns = gemm ? data_.b_rows : 1;
  for (std::int64_t i = 0; i < (gemm ? 1 : data_.a_rows); ++i)
    engine_->multiply(*engine_->pack(Side::a, operand(Side::a, i, rows)),
                      *engine_->pack(Side::b, operand(Side::b, i, columns)), d.data() + i, columns, true);
  return d;
}

Pieces EmulatedProduct::pieces() const {
  if (row_ == nullptr) throw Error(fmt::format("{} has no sums by 128 of K to be scaled", engine_->name()));
  const auto a_table = std::make_shared<ElementTable>(sim::gemm::element_table(a_format_, row_->operands_as_f16));
  const auto b_table = std::make_shared<ElementTable>(sim::gemm::element_table(b_format_, row_->operands_as_f16));
  return [this, a_table, b_table](std::int64_t i, std::int64_t j) {
    constexpr std::int64_t kBlock = 128;
    std::vector<float> sums;
    for (std::int64_t k = 0; k < data_.depth; k += kBlock)
      sums.push_back(sim::gemm::accumulator_value(
          row_->accumulator, sim::gemm::chain(*row_, {data_.a.data() + i * data_.depth, a_table.get()},
                                              {data_.b.data() + j * data_.depth, b_table.get()}, k,
                                              std::min(k + kBlock, data_.depth), 0)));
    return sums;
  };
}

std::vector<float> EmulatedProduct::accumulated() const {
  if (data_.call && scales_blocks(*data_.call)) return scaled_pieces(data_, {}, pieces());
  return row_ != nullptr && data_.layout == store::CaseLayout::dots ? by_reference() : by_engine();
}

LibraryResults EmulatedProduct::results() const {
  std::vector<float> values = accumulated();
  if (data_.call) return finish(data_, {}, values);
  if (library_) {
    sim::gemm::Epilogue epilogue;
    if (!c_.empty()) epilogue.beta = 1;
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = sim::gemm::epilogue_value(epilogue, values[i], 0.0f, c_.empty() ? 0.0f : std::bit_cast<float>(c_[i]));
  }
  LibraryResults results;
  for (const float value : values)
    results.d.push_back(
        f16_ ? formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special, value)
             : std::bit_cast<std::uint32_t>(value));
  return results;
}

}  // namespace octavo::experiments::replay
