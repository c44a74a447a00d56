// Run-time choice of the instruction set.
#include "machine/instruction_set.h"

#include <atomic>
#include <cassert>
#include <cstdlib>
#include <string>

#include "messages/error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace octavo::machine {
namespace {

InstructionSet widest() {
  for (const auto set : {InstructionSet::avx512, InstructionSet::avx2})
    if (available(set)) return set;
  return InstructionSet::scalar;
}

InstructionSet from_environment() {
  const char* asked = std::getenv("OCTAVO_ISA");
  if (asked == nullptr || *asked == '\0') return widest();
  for (const auto set : {InstructionSet::scalar, InstructionSet::avx2, InstructionSet::avx512}) {
    if (name(set) != asked) continue;
    if (available(set)) return set;
    throw Error(std::string("OCTAVO_ISA=") + asked + ": this processor or build lacks it; try " +
                std::string(name(widest())));
  }
  throw Error(std::string("OCTAVO_ISA=") + asked + " is unknown; try scalar, avx2 or avx512");
}

#if defined(__x86_64__)
/// clang 14 does not know these two names in __builtin_cpu_supports.
bool has_f16c_and_lzcnt() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  const bool f16c = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
  return f16c && __get_cpuid(0x80000001u, &a, &b, &c, &d) != 0 && (c & bit_LZCNT) != 0;
}
#endif

std::atomic<InstructionSet>& current() {
  static std::atomic<InstructionSet> set{from_environment()};
  return set;
}

}  // namespace

std::string_view name(InstructionSet set) {
  switch (set) {
    case InstructionSet::scalar:
      return "scalar";
    case InstructionSet::avx2:
      return "avx2";
    case InstructionSet::avx512:
      return "avx512";
  }
  return "unknown";
}

bool available(InstructionSet set) {
  if (set == InstructionSet::scalar) return true;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2") && has_f16c_and_lzcnt();
  if (set == InstructionSet::avx2) return avx2;
#ifdef OCTAVO_AVX512_BY_SIMDE
  return avx2;
#endif
  return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
#else
  return false;
#endif
}

InstructionSet instruction_set() { return current().load(std::memory_order_relaxed); }

void use_instruction_set(InstructionSet set) {
  assert(available(set));
  current().store(set, std::memory_order_relaxed);
}

}  // namespace octavo::machine
