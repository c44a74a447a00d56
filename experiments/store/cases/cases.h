// CASES.h5: results recorded on a GPU or computed by a program, with their operands; docs/hdf5-schema.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "experiments/store/cases/library_call.h"
#include "experiments/store/cases/origin.h"
#include "experiments/store/hdf5/bits.h"

namespace octavo::experiments::store {

inline constexpr std::string_view kCasesSchema = "octavo-cases";
inline constexpr std::int32_t kCasesVersion = 1;

/// gemm: a is M x K, b N x K, c and d M x N. dots: a and b are n x K, c and d have n elements.
enum class CaseLayout : std::uint8_t { gemm, dots };

struct ProductCase {
  std::string a_format;
  std::string b_format;
  CaseLayout layout = CaseLayout::dots;
  std::optional<std::int64_t> promotion;  ///< K elements between promotions; nothing: as the operation does
  std::optional<std::int64_t> split_k;    ///< parts
  std::int64_t a_rows = 0;
  std::int64_t b_rows = 0;
  std::int64_t depth = 0;
  std::vector<std::uint8_t> a;
  std::vector<std::uint8_t> b;
  std::optional<Bits> c;  ///< nothing: 0
  Bits d;
  std::optional<LibraryCall> call{};  ///< nothing: scales 1, f32 output, c added with beta = 1
  std::string algorithm{};            ///< what the library chose, in its own numbers; empty: not known
  /// Sparse a: for each group of four along K which two of it are multiplied: the first's place, and times four the
  /// second's; a_rows x depth / 4, layout dots. Empty: all are.
  std::vector<std::uint8_t> selected{};

  std::int64_t results() const { return static_cast<std::int64_t>(d.values.size()); }
  bool operator==(const ProductCase&) const = default;
};

/// Element i of the output is the conversion of element i of the input; of instructions that convert pairs, element 0
/// is in the low half.
struct ConversionCase {
  Bits input;
  Bits output;
  /// An element of input stands for the 65,536 binary32 inputs whose upper half it is, ascending; the element of output
  /// for all their outputs (see digest()).
  bool digests = false;

  bool operator==(const ConversionCase&) const = default;
};

struct Case {
  std::string id;
  std::string operation;
  std::string source;  ///< GPU, driver and toolkit; or program and version
  std::variant<ProductCase, ConversionCase> data;
  std::optional<Origin> origin{};  ///< nothing: not known
  bool answers_only = false;       ///< the operands are not here: they are to be made again from the origin

  bool operator==(const Case&) const = default;
};

/// A case that a library would not run.
struct Refused {
  std::string id;
  std::string operation;
  std::string source;
  std::string words;  ///< the library's

  bool operator==(const Refused&) const = default;
};

/// All cases, in ascending order of their ids. Throws Error that names file, object and what is wrong with it: missing
/// attributes and datasets, wrong types, shapes that do not fit each other, empty arrays. Whether operation and formats
/// are known is for others to say. Strings may be of fixed or variable length, integers of any type, as h5py writes
/// them; the attributes `schema` and `schema_version` are checked where they are there. No cases at all are an error
/// unless something was refused.
std::vector<Case> read_cases(const std::filesystem::path& path);

/// What was refused, in ascending order of ids. Throws Error as read_cases() does.
std::vector<Refused> read_refused(const std::filesystem::path& path);

/// Writes a whole file in place of `path`, atomically. Ids are distinct and have no slash. Throws Error if that fails.
void write_cases(const std::filesystem::path& path, const std::vector<Case>& cases,
                 const std::vector<Refused>& refused = {});

}  // namespace octavo::experiments::store
