// What a study prints.
#include "experiments/studies/study_text.h"

#include <nlohmann/json.hpp>

namespace octavo::experiments::studies {
namespace {

constexpr std::size_t kLongestTable = 120;  // rows; longer ones are in the files

std::string claim_text(const store::ClaimRow& claim) {
  return fmt::format("{} ({}): {}\n    {}\n    found: {}\n", claim.shown != 0 ? "shown" : "not shown", claim.item,
                     claim.claim, claim.criterion, claim.found);
}

}  // namespace

std::string study_text(const StudyTables& tables) {
  std::string text;
  StudyTables::visit(tables, [&]<class Row>(const char* name, const std::vector<Row>& rows) {
    if constexpr (!std::is_same_v<Row, store::ClaimRow>)
      if (!rows.empty() && rows.size() <= kLongestTable) text += fmt::format("{}\n\n{}\n", name, rows_markdown(rows));
  });
  for (const store::ClaimRow& claim : tables.claims) text += claim_text(claim);
  return text;
}

std::string study_json(const StudyTables& tables) {
  nlohmann::ordered_json json;
  StudyTables::visit(tables, [&]<class Row>(const char* name, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      nlohmann::ordered_json object;
      Row::visit(row, [&]<class T>(const char* column, const T& value) {
        if constexpr (std::is_floating_point_v<T>)
          object[column] = std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
        else if constexpr (std::is_same_v<T, std::int32_t>)
          object[column] = value == store::kNoBias ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(value);
        else if constexpr (std::is_enum_v<T>)
          object[column] = store::word(value);
        else
          object[column] = value;
      });
      json[name].push_back(object);
    }
  });
  return json.dump(1) + "\n";
}

}  // namespace octavo::experiments::studies
