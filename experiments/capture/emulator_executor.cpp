// The emulator as an executor of planned cases.
#include "experiments/capture/executor.h"
#include "experiments/replay/emulator.h"
#include "experiments/store/provenance.h"

namespace octavo::experiments::capture {
namespace {

class EmulatorExecutor final : public Executor {
 public:
  explicit EmulatorExecutor(std::string target) : target_(std::move(target)) {}

  std::string source() const override { return "octavo " + store::build().program_version + ", emulated"; }
  std::string target() const override { return target_; }
  bool runs(const Plan&) const override { return true; }

  void run(Plan& plan) override {
    const replay::Operation& what = replay::operation(plan.one.operation);
    if (const auto* conversion = std::get_if<replay::ConversionOperation>(&what)) {
      auto& data = std::get<store::ConversionCase>(plan.one.data);
      data.output.values = replay::emulate(*conversion, data);
    } else {
      auto& data = std::get<store::ProductCase>(plan.one.data);
      const replay::LibraryResults results =
          replay::EmulatedProduct(std::get<replay::ProductOperation>(what), data).results();
      data.d.values = results.d;
      if (data.call && data.call->amax) data.call->amax = results.amax;
    }
  }

 private:
  std::string target_;
};

}  // namespace

std::unique_ptr<Executor> make_emulator(const std::string& target) {
  return std::make_unique<EmulatorExecutor>(target);
}

}  // namespace octavo::experiments::capture
