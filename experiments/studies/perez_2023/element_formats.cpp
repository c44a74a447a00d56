// P1 Table 7 and section 2.1: FP8-AMAX under the two E4M3 formats, and INT8 under the same rule, in inference.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "experiments/studies/every_study.h"
#include "experiments/studies/outcome.h"
#include "experiments/studies/recipes.h"

namespace octavo::experiments::studies {
namespace {

using store::ClaimRow;
using store::OutcomeRow;
using store::Tables;

struct Element {
  const char* name;
  FormatPair formats;
};
const std::array kElements{Element{"e4m3fnuz", {formats::e4m3fnuz, formats::e5m2fnuz}},
                           Element{"e4m3", {formats::e4m3, formats::e5m2}},
                           Element{"int8", {formats::int8, formats::int8}}};

/// The least and the largest SNR of a tensor.
struct Range {
  double least = 1e9;
  double most = -1e9;
};

Range snr_range(const store::Run& run) {
  Range range;
  for (const store::TensorRecord& record : run.tensors) {
    range.least = std::min(range.least, record.snr_db);
    range.most = std::max(range.most, record.snr_db);
  }
  return range;
}

void add_claims(const Workshop& workshop, Tables& tables, const std::vector<std::array<Range, 3>>& ranges) {
  bool same = true, steadier = true;
  std::string differences, snr;
  for (std::size_t i = 0; i < workshop.sizes().size(); ++i) {
    const std::string& model = workshop.sizes()[i].name;
    const auto row = [&](const char* format) -> const store::OutcomeRow& {
      return *std::find_if(tables.of<OutcomeRow>().begin(), tables.of<OutcomeRow>().end(),
                           [&](const auto& each) { return each.model == model && each.format == format; });
    };
    const store::Comparison &ocp = row("e4m3").to_baseline, &fnuz = row("e4m3fnuz").to_baseline;
    same =
        same && ocp.verdict == fnuz.verdict &&
        std::fabs(ocp.loss_increase - fnuz.loss_increase) <= kErrors * (ocp.loss_increase_se + fnuz.loss_increase_se);
    const char* comma = snr.empty() ? "" : "; ";
    differences += fmt::format("{}{}: loss + {:.4f} under e4m3fnuz, {:.4f} under e4m3, {:.4f} under int8", comma, model,
                               fnuz.loss_increase, ocp.loss_increase, row("int8").to_baseline.loss_increase);
    const Range fp8 = ranges[i][0], integer = ranges[i][2];
    steadier = steadier && fp8.most - fp8.least < integer.most - integer.least;
    snr += fmt::format("{}{}: e4m3fnuz {:.1f} to {:.1f} dB, int8 {:.1f} to {:.1f} dB", comma, model, fp8.least,
                       fp8.most, integer.least, integer.most);
  }
  tables.of<ClaimRow>().push_back(
      {"P1 T7", "FP8-AMAX comes to the same under E4M3 of Noune et al. and of OCP",
       "the same verdict on both, and their losses differ by at most 2 se of each together, at every size", differences,
       same});
  tables.of<ClaimRow>().push_back({"P1 2.1", "The SNR of FP8 is steady from tensor to tensor, that of INT8 is not",
                                   "under AMAX, the SNR of the tensors spreads over fewer dB, at every size", snr,
                                   steadier});
}

Tables tables_of(Workshop& workshop) {
  workshop.expect(workshop.sizes().size() * (2 + kElements.size()));
  Tables tables;
  std::vector<std::array<Range, 3>> ranges;
  const Task& task = workshop.corpus().text;
  for (const ModelSize& size : workshop.sizes()) {
    const Trained model = workshop.pretrained(size);
    const store::Run baseline = workshop.evaluate(model, fp16_baseline(), task);
    const auto add = [&](const store::Run& run, Policy policy, const char* format) {
      store::OutcomeRow& row =
          tables.of<OutcomeRow>().emplace_back(outcome(Stage::inference, task, model, run, baseline));
      row.policy = policy;
      row.format = format;
    };
    add(baseline, Policy::baseline, "fp16");
    std::array<Range, 3>& of_model = ranges.emplace_back();
    for (std::size_t i = 0; i < kElements.size(); ++i) {
      const store::Run run = workshop.evaluate(model, fp8_amax(kElements[i].formats), task, true);
      add(run, Policy::amax, kElements[i].name);
      of_model[i] = snr_range(run);
    }
  }
  add_claims(workshop, tables, ranges);
  return tables;
}

}  // namespace

Study element_formats() {
  return {"element-formats", "P1 T7, 2.1", "E4M3 of Noune et al. and of OCP, INT8", "2", tables_of};
}

}  // namespace octavo::experiments::studies
