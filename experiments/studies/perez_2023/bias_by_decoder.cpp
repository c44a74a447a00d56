// P1 Figure 6: the AMAX biases of weights and activations by decoder and kind of linear layer, in inference.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "experiments/evaluation/recorder.h"
#include "experiments/studies/every_study.h"
#include "experiments/studies/outcome.h"
#include "experiments/studies/recipes.h"

namespace octavo::experiments::studies {
namespace {

using store::ClaimRow;
using store::Tables;
using store::TensorBiasRow;

using scaling::Role;

struct Range {
  std::int32_t least = 127;
  std::int32_t most = -127;
  void take(std::int32_t value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

void add_claims(const Workshop& workshop, Tables& tables) {
  bool larger = true, narrower = true, out_largest = true;
  std::string ranges, kinds;
  for (const ModelSize& size : workshop.sizes()) {
    std::map<Role, Range> role;
    std::map<std::string, double> kind;  // of activations: the mean over the decoders that have a bias
    std::map<std::string, double> counted;
    for (const store::TensorBiasRow& row : tables.of<TensorBiasRow>()) {
      if (row.model != size.name) continue;
      role[row.role].take(row.bias);
      if (row.role == Role::activation) kind[row.kind] += static_cast<double>(row.bias), ++counted[row.kind];
    }
    for (auto& [name, sum] : kind) sum /= counted[name];
    const Range weight = role[Role::weight], activation = role[Role::activation];
    larger = larger && weight.least + weight.most > activation.least + activation.most;
    narrower = narrower && weight.most - weight.least < activation.most - activation.least;
    const auto top = std::max_element(kind.begin(), kind.end(), [](auto& a, auto& b) { return a.second < b.second; });
    out_largest = out_largest && top->first == sim::model::name(sim::model::Kind::attention_out);
    ranges += fmt::format("{}{}: weights {}..{}, activations {}..{}", ranges.empty() ? "" : "; ", size.name,
                          weight.least, weight.most, activation.least, activation.most);
    kinds += fmt::format("{}{}: {} ({:.1f})", kinds.empty() ? "" : "; ", size.name, top->first, top->second);
  }
  tables.of<ClaimRow>().push_back({"P1 Fig. 6", "Biases of weights are larger than those of activations",
                                   "the middle of their range is higher, at every size", ranges, larger});
  tables.of<ClaimRow>().push_back({"P1 Fig. 6",
                                   "Biases of weights spread over fewer integers than those of activations",
                                   "their range is narrower, at every size", ranges, narrower});
  tables.of<ClaimRow>().push_back({"P1 Fig. 6", "Of the activations, the input of attention.out has the largest biases",
                                   "the largest mean over decoders among the kinds, at every size", kinds,
                                   out_largest});
}

Tables tables_of(Workshop& workshop) {
  workshop.expect(2 * workshop.sizes().size());
  Tables tables;
  for (const ModelSize& size : workshop.sizes()) {
    const Trained model = workshop.pretrained(size);
    const store::Run run = workshop.evaluate(model, fp8_amax(), workshop.corpus().text, true);
    const TensorAxis axis(size.config, fp8_amax());
    for (const store::TensorRecord& record : run.tensors) {
      if (record.bias == store::kNoBias) continue;  // no value to scale to in any micro-batch
      const store::TensorName& name = axis.names()[static_cast<std::size_t>(record.index)];
      tables.of<TensorBiasRow>().push_back({size.name, static_cast<std::int64_t>(model.seed), 0, name.layer, name.kind,
                                            name.role, record.bias, static_cast<double>(record.amax)});
    }
  }
  add_claims(workshop, tables);
  return tables;
}

}  // namespace

Study bias_by_decoder() {
  return {"bias-by-decoder", "P1 Fig. 6", "AMAX biases of weights and activations", "2", tables_of};
}

}  // namespace octavo::experiments::studies
