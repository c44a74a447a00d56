// The text form of recorded tensor-core results: one result a line, in hexadecimal.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "experiments/store/cases/cases.h"

namespace octavo::experiments::replay {

/// The file as one case of layout dots, called as the file is without its extension. The text:
///
///   # hardware=H100 types=E4M3.E4M3 instruction=wgmma m64nNk32 (C=0: the c column is NOT used); source ...
///   3738aa3b... 31b22d29... 3e93ca5a 40727c00
///
/// that is comment lines, the first of which names the GPU (H100, H200, B200, Ada or L40S), the formats of a and b and
/// the instruction (wgmma m64nNk32, or mma.sync m16n8k32, then .f16 or .f32, wgmma's default); then lines of a and b as
/// codes, K times two digits each, c as binary32 bits (rounded to nearest even if the accumulator is f16; not used
/// where the instruction says so) and d as binary32 bits. Throws Error with file and line if anything else is there.
store::Case read_recorded_text(const std::filesystem::path& path);

/// The same from a stream; `path` is what its case and its errors are called after.
store::Case read_recorded_text(std::istream& text, const std::filesystem::path& path);

}  // namespace octavo::experiments::replay
