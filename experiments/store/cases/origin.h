// Where a recorded case's operands come from, so that a file of answers alone can be compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace octavo::experiments::store {

struct Case;

/// What `octavo capture` made the operands from: the same request gives them again.
struct Origin {
  std::string family;  ///< "W3"
  std::uint64_t seed = 1;
  std::int64_t count = 0;       ///< most results of a case
  std::string target;           ///< whose mma.sync: "sm90"
  std::string operands_sha256;  ///< as operands_sha256() has it

  bool operator==(const Origin&) const = default;
};

/// "family W3, seed 1, count 2500, target sm90", without the digest, and back; nothing if `text` is none.
std::string to_string(const Origin& origin);
std::optional<Origin> parse_origin(const std::string& text);

/// SHA-256 of everything that was given: operation, formats, shapes, codes, addends, selection, scales and bias, each
/// preceded by its length; not of what came back (results, amax, the library's split of K).
std::string operands_sha256(const Case& one);

/// Leaves the answers: results, amax, split of K, algorithm, and the type of the output. Needs an origin.
void drop_operands(Case& one);

}  // namespace octavo::experiments::store
