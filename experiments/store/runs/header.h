// The head of a run file: its root attributes and its recipe, as plain fields.
#pragma once

#include <cstdint>
#include <string>

#include "experiments/store/hdf5/file.h"
#include "experiments/store/provenance.h"

namespace octavo::experiments::store {

/// docs/hdf5-schema.md defines each field. A quantize file has no text and scores no tokens.
struct Header {
  std::string experiment;
  std::string program_version = build().program_version;
  std::string git_commit = build().git_commit;
  std::string compiler = build().compiler;
  std::string compiler_flags = build().compiler_flags;
  std::string command;
  std::uint64_t seed = 0;
  std::string engine;
  std::string model_name;
  std::uint64_t model_bytes = 0;
  std::string model_header_sha256;
  std::string model_family;
  std::int64_t model_layers = 0;
  std::int64_t model_parameters = 0;
  std::string text_name;
  std::uint64_t text_bytes = 0;
  std::string text_sha256;
  std::string text_notes;  ///< not in the file if empty
  std::int64_t context = 0;
  std::int64_t batch = 0;
  std::int64_t tokens = 0;
  std::string fingerprint;
  std::string recipe_name;
  std::string recipe;  ///< canonical TOML

  bool operator==(const Header&) const = default;
};

/// Writes the attributes of `root`, and /config. Throws Error if that fails.
void write_header(const Group& root, const Header& header);

/// Throws Error unless `root` is a run file of this version with every attribute in its type.
Header read_header(const Group& root);

/// Throws Error unless the attributes `schema` and `schema_version` are there and say `schema` in this version.
void check_schema(const Group& root, std::string_view schema);

}  // namespace octavo::experiments::store
