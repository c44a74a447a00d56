// The rules, and what more tokens would do.
#include "experiments/evaluation/verdict.h"

#include <fmt/format.h>

#include <cmath>

namespace octavo::experiments {
namespace {

/// What is judged, its limit, and two standard errors.
struct Judged {
  double value = 0.0;
  double limit = 0.0;
  double noise = 0.0;
};

Judged judged(const PairedDifference& difference, Criterion criterion) {
  if (criterion == Criterion::loss)
    return {difference.loss_increase, kLossLimit, kErrors * difference.loss_increase_se};
  return {difference.relative_accuracy, kAccuracyLimit, kErrors * difference.relative_accuracy_se};
}

}  // namespace

Verdict verdict_of(const PairedDifference& difference, Criterion criterion) {
  if (!difference.finite) return Verdict::fails;
  const auto [value, limit, noise] = judged(difference, criterion);
  const bool by_loss = criterion == Criterion::loss;
  if (by_loss ? value + noise <= limit : value - noise >= limit) return Verdict::holds;
  if (by_loss ? value - noise > limit : value + noise < limit) return Verdict::fails;
  return Verdict::undecided;
}

std::int64_t tokens_to_decide(const PairedDifference& difference, Criterion criterion) {
  if (verdict_of(difference, criterion) != Verdict::undecided) return 0;
  const auto [value, limit, noise] = judged(difference, criterion);
  const double ratio = noise / (value - limit);
  const double tokens = std::ceil(static_cast<double>(difference.tokens) * ratio * ratio);
  constexpr double kMost = 1e15;  // nobody scores more
  return tokens <= kMost ? static_cast<std::int64_t>(tokens) : store::kNoEstimate;
}

store::Comparison compare(const store::Run& run, const store::Run& reference, Criterion criterion) {
  const PairedDifference difference =
      paired_difference(run.token_loss, run.token_correct, reference.token_loss, reference.token_correct);
  store::Comparison result;
  result.relative_accuracy = difference.relative_accuracy;
  result.relative_accuracy_se = difference.relative_accuracy_se;
  result.loss_increase = difference.loss_increase;
  result.loss_increase_se = difference.loss_increase_se;
  result.verdict_loss = verdict_of(difference, Criterion::loss);
  result.verdict_accuracy = verdict_of(difference, Criterion::accuracy);
  result.verdict = criterion == Criterion::loss ? result.verdict_loss : result.verdict_accuracy;
  result.tokens_to_decide = tokens_to_decide(difference, criterion);
  return result;
}

std::string tokens_text(std::int64_t tokens_to_decide) {
  if (tokens_to_decide == store::kNoEstimate) return "no estimate";
  return fmt::format("about {} tokens", fmt::group_digits(tokens_to_decide));
}

std::string few_tokens_text(std::int64_t tokens) {
  constexpr std::int64_t kFewest = 30;
  if (tokens >= kFewest) return {};
  return fmt::format("on {} token{} alone: too few for these errors, give at least {}\n", tokens,
                     tokens == 1 ? "" : "s", kFewest);
}

const char* rule_text(Criterion criterion) {
  return criterion == Criterion::loss ? "increase of the loss + 2 se <= 0.02 nats a token"
                                      : "relative accuracy - 2 se >= 0.995";
}

}  // namespace octavo::experiments
