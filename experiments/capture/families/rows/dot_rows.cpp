// Operands of dot products.
#include "experiments/capture/families/rows/dot_rows.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "formats/catalog.h"
#include "formats/encode.h"

namespace octavo::experiments::capture {

using formats::Accumulator;
using formats::Spec;

std::string Types::suffix() const { return std::string(name(sum)) + "." + formats::name(a) + "." + formats::name(b); }

std::vector<Types> every_type() {
  std::vector<Types> all;
  for (const Accumulator sum : {Accumulator::f32, Accumulator::f16})
    for (const Spec& a : {formats::e4m3, formats::e5m2})
      for (const Spec& b : {formats::e4m3, formats::e5m2}) all.push_back({a, b, sum});
  return all;
}

Random random_of(std::uint64_t seed, std::string_view what) {
  std::uint64_t hash = 14695981039346656037u ^ seed;  // FNV-1a
  for (const char c : what) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return Random(hash);
}

std::uint64_t below(Random& random, std::uint64_t bound) { return (random() >> 32) * bound >> 32; }

double unit_interval(Random& random) { return std::ldexp(static_cast<double>(random() >> 11), -53); }

double gaussian(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += unit_interval(random);
  return sum;
}

std::uint8_t code_of(const Spec& format, double value) {
  return static_cast<std::uint8_t>(
      formats::encode(format, formats::Rounding::nearest_even, formats::Overflow::saturate, value));
}

std::uint8_t random_code(Random& random, const Spec& format, bool finite) {
  const auto sign = static_cast<std::uint32_t>(below(random, 2)) * format.sign_bit();
  return static_cast<std::uint8_t>(
      sign | static_cast<std::uint32_t>(below(random, (finite ? format.max_code() : format.magnitude_mask()) + 1)));
}

int lowest_exponent(const Types& types) { return types.a.min_exponent() + types.b.min_exponent(); }
int highest_exponent(const Types& types) { return types.a.max_exponent() - 1 + types.b.max_exponent() - 1; }

bool put_product(DotRow& row, const Types& types, int k, double significand, int exponent, bool negative) {
  if (exponent < lowest_exponent(types) || exponent > highest_exponent(types)) return false;
  int of_a = std::clamp(exponent / 2, types.a.min_exponent(), types.a.max_exponent() - 1);
  const int of_b = std::clamp(exponent - of_a, types.b.min_exponent(), types.b.max_exponent() - 1);
  of_a = exponent - of_b;
  const double a = std::ldexp(significand, of_a);
  row.a[static_cast<std::size_t>(k)] = code_of(types.a, negative ? -a : a);
  row.b[static_cast<std::size_t>(k)] = code_of(types.b, std::ldexp(1.0, of_b));
  return true;
}

std::uint32_t sum_bits(const Types& types, double value) {
  if (types.f32()) return std::bit_cast<std::uint32_t>(static_cast<float>(value));
  return formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special, value);
}

std::uint32_t random_sum(Random& random, const Types& types) {
  return static_cast<std::uint32_t>(random() >> (types.f32() ? 32 : 48));
}

std::vector<DotRow> sample(std::vector<DotRow> rows, std::int64_t count, Random& random) {
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(count, 1));
  if (rows.size() <= wanted) return rows;
  std::vector<std::size_t> order(rows.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (std::size_t i = 0; i < wanted; ++i) std::swap(order[i], order[i + below(random, order.size() - i)]);
  order.resize(wanted);
  std::ranges::sort(order);
  std::vector<DotRow> chosen;
  chosen.reserve(wanted);
  for (const std::size_t i : order) chosen.push_back(rows[i]);
  return chosen;
}

store::ProductCase product_case(const Types& types, const std::vector<DotRow>& rows, int depth) {
  const int width = types.f32() ? 32 : 16;
  store::ProductCase data;
  data.a_format = formats::name(types.a);
  data.b_format = formats::name(types.b);
  data.layout = store::CaseLayout::dots;
  data.a_rows = data.b_rows = static_cast<std::int64_t>(rows.size());
  data.depth = depth;
  data.c = store::Bits{width, {}};
  for (const DotRow& row : rows) {
    data.a.insert(data.a.end(), row.a.begin(), row.a.begin() + depth);
    data.b.insert(data.b.end(), row.b.begin(), row.b.begin() + depth);
    data.c->values.push_back(row.c);
  }
  data.d = {width, std::vector<std::uint32_t>(rows.size())};
  return data;
}

}  // namespace octavo::experiments::capture
