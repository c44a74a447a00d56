// A case before it is run: operands, the form of the instruction, and what the family is there to settle.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/store/cases/cases.h"

namespace octavo::experiments::capture {

/// Which of an instruction's equivalent forms runs. What is recorded does not depend on it: operands that the
/// instruction negates are handed over negated, and an ignored accumulator is recorded as none.
struct Form {
  int columns = 8;  ///< N of wgmma
  bool a_in_registers = false;
  bool negate_a = false;
  bool negate_b = false;
  bool ignore_c = false;   ///< wgmma with scale-d = 0 over an accumulator of NaN
  bool high_lane = false;  ///< conversions: the upper half of the pair
  int proposal = 0;        ///< library products: which of the algorithms that its heuristic proposes

  bool operator==(const Form&) const = default;
};

/// "n=64 a=registers", for provenance; empty for the plain form.
std::string to_string(const Form& form);

/// The case's results have their right number and width, and are zero.
struct Plan {
  std::string family;  ///< "W3"
  Form form;
  store::Case one;
};

/// What decides the cases of a family, with the seed: equal requests give equal cases.
struct Request {
  std::uint64_t seed = 1;
  std::int64_t count = 5000;    ///< most results of a case; families with fewer have fewer
  std::string target = "sm90";  ///< whose mma.sync: sm89, sm90, sm100, sm120
};

struct Family {
  std::string_view id;
  std::string_view settles;  ///< the open point, in words
  std::vector<Plan> (*plans)(const Family& family, const Request& request);
};

/// All families in the order in which they are captured.
const std::vector<Family>& families();

/// The families of those ids; all of them if `ids` is empty. Throws Error with the nearest id.
std::vector<Family> families(const std::vector<std::string>& ids);

}  // namespace octavo::experiments::capture
