// What a study prints.
#include "experiments/studies/study_output.h"

#include "experiments/printed/json.h"
#include "experiments/printed/rows.h"

namespace octavo::experiments::studies {
namespace {

constexpr std::size_t kLongestTable = 120;  // rows; longer ones are in the files

std::string claim_text(const store::ClaimRow& claim) {
  const auto told = [](const std::string& words, std::size_t indent) {
    return printed::wrapped(words, printed::kWidth, indent) + '\n';
  };
  return told(fmt::format("{} ({}): {}", claim.shown != 0 ? "shown" : "not shown", claim.item, claim.claim), 4) +
         told("    " + claim.criterion, 4) + told("    found: " + claim.found, 4);
}

}  // namespace

std::string study_text(const store::Tables& tables) {
  std::string text;
  tables.visit([&]<class Row>(const std::string& name, const std::vector<Row>& rows) {
    if constexpr (!std::is_same_v<Row, store::ClaimRow>)
      if (rows.size() <= kLongestTable)
        text += fmt::format("{}\n\n{}\n", name, printed::rows_text(rows, "in the .md and .csv beside --out"));
  });
  for (const store::ClaimRow& claim : tables.of<store::ClaimRow>()) text += claim_text(claim);
  return text;
}

std::string study_json(const store::Tables& tables) {
  nlohmann::ordered_json json;
  tables.visit([&](const std::string& name, const auto& rows) { json[name] = printed::rows_json(rows); });
  return json.dump(1) + "\n";
}

}  // namespace octavo::experiments::studies
