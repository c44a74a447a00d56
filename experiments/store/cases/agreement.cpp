// Comparing answers with answers.
#include "experiments/store/cases/agreement.h"

#include <fmt/format.h>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::experiments::store {
namespace {

const Bits& answers(const Case& one) {
  if (const auto* conversion = std::get_if<ConversionCase>(&one.data)) return conversion->output;
  return std::get<ProductCase>(one.data).d;
}

std::optional<std::uint32_t> amax(const Case& one) {
  const auto* data = std::get_if<ProductCase>(&one.data);
  return data != nullptr && data->call ? data->call->amax : std::nullopt;
}

std::string digest(const Case& one) { return one.origin ? one.origin->operands_sha256 : operands_sha256(one); }

}  // namespace

Agreement agreement(const Case& one, const Case& other) {
  const Bits& first = answers(one);
  const Bits& second = answers(other);
  if (one.operation != other.operation || first.width != second.width || first.values.size() != second.values.size() ||
      digest(one) != digest(other) || amax(one).has_value() != amax(other).has_value())
    throw Error(
        fmt::format("case {}: the two recordings have other operations, shapes or operands; give recordings of "
                    "one seed and count",
                    messages::printable(one.id)));
  Agreement result{.results = static_cast<std::int64_t>(first.values.size())};
  for (std::size_t i = 0; i < first.values.size(); ++i)
    if (first.values[i] != second.values[i]) ++result.mismatches;
  if (amax(one)) {
    ++result.results;
    if (amax(one) != amax(other)) ++result.mismatches;
  }
  return result;
}

}  // namespace octavo::experiments::store
