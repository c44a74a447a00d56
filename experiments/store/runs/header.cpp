// Root attributes and /config of a run file.
#include "experiments/store/runs/header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "experiments/store/runs/schema.h"
#include "messages/error.h"

namespace octavo::experiments::store {
namespace {

/// Calls f(attribute name, field) for each root attribute after `experiment`.
template <class H, class Visitor>
void visit(H& header, Visitor&& f) {
  f("program_version", header.program_version);
  f("git_commit", header.git_commit);
  f("compiler", header.compiler);
  f("compiler_flags", header.compiler_flags);
  f("command", header.command);
  f("seed", header.seed);
  f("engine", header.engine);
  f("model_name", header.model_name);
  f("model_bytes", header.model_bytes);
  f("model_header_sha256", header.model_header_sha256);
  f("model_family", header.model_family);
  f("model_layers", header.model_layers);
  f("model_parameters", header.model_parameters);
  if (header.experiment != "quantize") {
    f("text_name", header.text_name);
    f("text_bytes", header.text_bytes);
    f("text_sha256", header.text_sha256);
    f("context", header.context);
    f("batch", header.batch);
    f("tokens", header.tokens);
  }
  f("fingerprint", header.fingerprint);
}

}  // namespace

void write_header(const Group& root, const Header& header) {
  root.set("schema", kRunsSchema);
  root.set("schema_version", kSchemaVersion);
  root.set("experiment", header.experiment);
  visit(header, [&](const char* name, const auto& field) { root.set(name, field); });
  if (!header.text_notes.empty()) root.set("text_notes", header.text_notes);
  const Group config = root.create("config");
  config.set("recipe_name", header.recipe_name);
  config.set("recipe", header.recipe);
}

Header read_header(const Group& root) {
  check_schema(root, kRunsSchema);
  Header header;
  header.experiment = root.get_text("experiment");
  visit(header, [&]<class Field>(const char* name, Field& field) {
    if constexpr (Number<Field>)
      field = root.get<Field>(name);
    else
      field = root.get_text(name);
  });
  if (root.has_attribute("text_notes")) header.text_notes = root.get_text("text_notes");
  const Group config = root.open("config");
  header.recipe_name = config.get_text("recipe_name");
  header.recipe = config.get_text("recipe");
  return header;
}

void check_schema(const Group& root, std::string_view schema) {
  std::string found = root.get_text("schema").substr(0, 40);
  std::replace_if(
      found.begin(), found.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, '?');
  const auto version = root.get<std::int32_t>("schema_version");
  if (found != schema || version != kSchemaVersion)
    throw Error(
        fmt::format("cannot read {}schema is '{}' version {}, expected '{}' version {}; give a file that this "
                    "version of octavo wrote",
                    root.where(), found, version, schema, kSchemaVersion));
}

}  // namespace octavo::experiments::store
