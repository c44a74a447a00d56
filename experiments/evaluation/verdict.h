// Whether a cast model is as good as its reference, noise allowed for: it holds, it fails, or more tokens are needed.
//
// By loss, the default: the paired increase d and its standard error se, nats a token.
//   holds      d + 2 se <= 0.02
//   fails      d - 2 se >  0.02
//   undecided  otherwise
// By accuracy, the criterion of arXiv 2309.17224: accuracy relative to the reference's, r, and its se.
//   holds      r - 2 se >= 0.995
//   fails      r + 2 se <  0.995
//   undecided  otherwise
// A loss that is not finite fails by both. What has no number (one token has no standard error; a reference that is
// never right, or whose loss is not finite, has no ratio or difference) is undecided.
//
// A standard error falls as 1 / sqrt(tokens). With d and r as they are, what is undecided on n tokens would be decided
// by n (2 se / |d - 0.02|)^2 of them, or n (2 se / |r - 0.995|)^2: an estimate, since d and r move, too. It has no
// bound where they lie on the limit.
#pragma once

#include <cstdint>
#include <string>

#include "experiments/evaluation/paired_difference.h"
#include "experiments/store/run_words.h"
#include "experiments/store/runs/rows/comparison.h"
#include "experiments/store/runs/run.h"

namespace octavo::experiments {

using store::Criterion;
using store::Verdict;

inline constexpr double kLossLimit = 0.02;       ///< nats a token
inline constexpr double kAccuracyLimit = 0.995;  ///< of the reference's
inline constexpr double kErrors = 2.0;           ///< standard errors allowed for

Verdict verdict_of(const PairedDifference& difference, Criterion criterion);

/// 0 if it is decided; store::kNoEstimate if no number of tokens can be given.
std::int64_t tokens_to_decide(const PairedDifference& difference, Criterion criterion);

/// `run` beside a reference that scored the same tokens.
store::Comparison compare(const store::Run& run, const store::Run& reference, Criterion criterion);

/// "about 1,200 tokens", or that there is no estimate.
std::string tokens_text(std::int64_t tokens_to_decide);

/// A line that says so where the tokens are fewer than 30, too few for a mean to be normal and its error to be known;
/// else nothing.
std::string few_tokens_text(std::int64_t tokens);

/// The rule in words, such as "increase of the loss + 2 se <= 0.02 nats".
const char* rule_text(Criterion criterion);

}  // namespace octavo::experiments
