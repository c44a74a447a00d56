// P1 Figures 7 to 9: how the AMAX biases of weights, activations and gradients move while a model is fine-tuned.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "experiments/studies/every_study.h"
#include "experiments/studies/outcome.h"
#include "experiments/studies/recipes.h"

namespace octavo::experiments::studies {
namespace {

using store::ClaimRow;
using store::Tables;
using store::TensorBiasRow;

using scaling::Role;

/// How far each tensor's bias strays from its most frequent value, and how often it changes between recorded steps.
struct Movement {
  std::int64_t records = 0;
  std::int64_t near = 0;  ///< within 1 of the tensor's most frequent bias
  std::int64_t changes = 0;

  double near_share() const { return static_cast<double>(near) / static_cast<double>(records); }
  double change_share() const { return static_cast<double>(changes) / static_cast<double>(records); }
};

void take(const std::vector<std::int32_t>& biases, Movement& movement) {
  std::map<std::int32_t, int> counts;
  for (const std::int32_t bias : biases) ++counts[bias];
  const auto mode =
      std::max_element(counts.begin(), counts.end(), [](auto& a, auto& b) { return a.second < b.second; });
  for (std::size_t i = 0; i < biases.size(); ++i) {
    ++movement.records;
    movement.near += std::abs(biases[i] - mode->first) <= 1 ? 1 : 0;
    movement.changes += i > 0 && biases[i] != biases[i - 1] ? 1 : 0;
  }
}

void add_claims(const Workshop& workshop, Tables& tables) {
  bool still = true, gradients_move = true;
  std::string near, changes;
  for (const ModelSize& size : workshop.sizes()) {
    std::map<Role, std::map<std::tuple<std::int64_t, std::int32_t, std::string>, std::vector<std::int32_t>>> by_role;
    for (const store::TensorBiasRow& row : tables.of<TensorBiasRow>())
      if (row.model == size.name) by_role[row.role][{row.seed, row.layer, row.kind}].push_back(row.bias);
    std::map<Role, Movement> moved;
    for (const auto& [role, tensors] : by_role)
      for (const auto& [tensor, biases] : tensors) take(biases, moved[role]);
    const Movement weight = moved[Role::weight], activation = moved[Role::activation], gradient = moved[Role::gradient];
    still = still && weight.near_share() >= 0.95 && activation.near_share() >= 0.95;
    gradients_move =
        gradients_move && gradient.change_share() > std::max(weight.change_share(), activation.change_share());
    const char* comma = near.empty() ? "" : "; ";
    near += fmt::format("{}{}: weights {:.3f}, activations {:.3f}, gradients {:.3f}", comma, size.name,
                        weight.near_share(), activation.near_share(), gradient.near_share());
    changes += fmt::format("{}{}: weights {:.3f}, activations {:.3f}, gradients {:.3f}", comma, size.name,
                           weight.change_share(), activation.change_share(), gradient.change_share());
  }
  tables.of<ClaimRow>().push_back(
      {"P1 Figs. 7-9", "Biases of weights and activations hardly move in fine-tuning",
       "95 % of the recorded biases of either are within 1 of the tensor's most frequent one, at "
       "every size",
       near, still});
  tables.of<ClaimRow>().push_back(
      {"P1 Figs. 7-9", "Biases of gradients keep changing",
       "they change between recorded steps more often than those of weights and of activations, at "
       "every size",
       changes, gradients_move});
}

Tables tables_of(Workshop& workshop) {
  workshop.expect(workshop.sizes().size() * (1 + workshop.seeds().size()));
  Tables tables;
  for (const ModelSize& size : workshop.sizes()) {
    const Trained start = workshop.pretrained(size);
    for (const std::uint64_t seed : workshop.seeds()) {
      const Trained model = workshop.fine_tuned(start, workshop.fine_tuning(size, seed), fp8_amax());
      const store::TensorTraces& traces = model.run.tensors;
      for (std::size_t i = 0; i < traces.bias.size(); ++i) {
        if (traces.bias[i] == store::kNoBias) continue;  // no value to scale to in the step
        const store::TensorName& name = model.axis[i % model.axis.size()];
        tables.of<TensorBiasRow>().push_back({size.name, static_cast<std::int64_t>(seed),
                                              traces.step[i / model.axis.size()], name.layer, name.kind, name.role,
                                              traces.bias[i], static_cast<double>(traces.amax[i])});
      }
    }
  }
  add_claims(workshop, tables);
  return tables;
}

}  // namespace

Study bias_over_steps() { return {"bias-over-steps", "P1 Figs. 7-9", "AMAX biases while fine-tuning", "3", tables_of}; }

}  // namespace octavo::experiments::studies
