// Operands from their origin.
#include "experiments/capture/operands.h"

#include <fmt/format.h>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::experiments::capture {
namespace {

/// The answers in the place of the planned zeros. False if they are of another shape.
bool put_answers(const store::Case& recorded, store::Case& planned) {
  if (recorded.operation != planned.operation || recorded.data.index() != planned.data.index()) return false;
  if (const auto* conversion = std::get_if<store::ConversionCase>(&recorded.data)) {
    auto& whole = std::get<store::ConversionCase>(planned.data);
    if (conversion->digests != whole.digests || conversion->output.width != whole.output.width ||
        conversion->output.values.size() != whole.output.values.size())
      return false;
    whole.output = conversion->output;
    return true;
  }
  const auto& answers = std::get<store::ProductCase>(recorded.data);
  auto& whole = std::get<store::ProductCase>(planned.data);
  if (answers.a_format != whole.a_format || answers.b_format != whole.b_format || answers.layout != whole.layout ||
      answers.promotion != whole.promotion || answers.a_rows != whole.a_rows || answers.b_rows != whole.b_rows ||
      answers.d.width != whole.d.width || answers.d.values.size() != whole.d.values.size() ||
      answers.call.has_value() != whole.call.has_value())
    return false;
  if (answers.call) {
    if (answers.call->output != whole.call->output || answers.call->amax.has_value() != whole.call->amax.has_value())
      return false;
    whole.call->amax = answers.call->amax;
  }
  whole.d = answers.d;
  whole.split_k = answers.split_k;
  whole.algorithm = answers.algorithm;
  return true;
}

}  // namespace

const store::Case& Operands::planned(const store::Case& one) {
  const store::Origin& origin = *one.origin;
  const std::string request = fmt::format("{} {} {} {}", origin.family, origin.seed, origin.count, origin.target);
  if (request != request_) {
    if (origin.count < 1 || origin.count > kLargestRemadeCount)
      throw Error(fmt::format("case {}: its count is {}; operands are made again for 1 to {}",
                              messages::printable(one.id), origin.count, kLargestRemadeCount));
    planned_.clear();
    request_.clear();
    const Family family = families({origin.family}).front();
    for (Plan& plan : family.plans(family, {.seed = origin.seed, .count = origin.count, .target = origin.target}))
      planned_.emplace(plan.one.id, std::move(plan.one));
    request_ = request;
  }
  const auto found = planned_.find(one.id);
  if (found == planned_.end())
    throw Error(fmt::format("case {}: family {} has no such case with count {}; give a recording with operands",
                            messages::printable(one.id), origin.family, origin.count));
  return found->second;
}

void Operands::restore(store::Case& one) {
  if (!one.answers_only) return;
  store::Case whole = planned(one);
  if (!put_answers(one, whole) || store::operands_sha256(whole) != one.origin->operands_sha256)
    throw Error(fmt::format(
        "case {}: the operands made from family {}, seed {} and count {} are not those that were recorded; use the "
        "octavo that recorded it, or record with operands",
        messages::printable(one.id), one.origin->family, one.origin->seed, one.origin->count));
  one.data = std::move(whole.data);
  one.answers_only = false;
}

}  // namespace octavo::experiments::capture
