// Lists of what decides a result.
#include "experiments/store/runs/fingerprint.h"

#include "experiments/store/provenance.h"
#include "experiments/store/runs/schema.h"

namespace octavo::experiments::store {

std::string fingerprint(std::vector<std::string> decisive) {
  decisive.insert(decisive.end(), {std::to_string(kSchemaVersion), build().program_version, build().git_commit});
  return sha256_of_texts(decisive);
}

std::string fingerprint(const Header& header, std::vector<std::string> decisive) {
  decisive.insert(decisive.end(),
                  {header.experiment, std::to_string(header.seed), header.engine, header.recipe, header.model_name,
                   std::to_string(header.model_bytes), header.model_header_sha256, header.text_name, header.text_sha256,
                   std::to_string(header.context), std::to_string(header.batch), std::to_string(header.tokens)});
  return fingerprint(std::move(decisive));
}

}  // namespace octavo::experiments::store
