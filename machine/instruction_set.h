// Which vector instructions this process uses: the widest that the processor has, or what OCTAVO_ISA asks for.
#pragma once

#include <cstdint>
#include <string_view>

namespace octavo::machine {

enum class InstructionSet : std::uint8_t { scalar, avx2, avx512 };

std::string_view name(InstructionSet set);

/// True if this build has kernels for `set` and the processor runs them.
bool available(InstructionSet set);

/// The set in use: the widest available, unless OCTAVO_ISA=scalar|avx2|avx512 names another. Results do not depend on
/// it. Throws Error if OCTAVO_ISA names an unknown or unavailable set. Read once, at the first call.
InstructionSet instruction_set();

/// Overrides the set in use (tests compare the paths in one process). `set` must be available.
void use_instruction_set(InstructionSet set);

}  // namespace octavo::machine
