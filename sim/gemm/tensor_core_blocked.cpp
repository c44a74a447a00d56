// Blocking of tensor-core products: which codes meet in which step, on which thread, and what the reference computes.
//
// A block of rows of A meets a few panels of B at a time. Their sums stay in memory while the depth goes by in blocks
// of a few steps, so that A's expanded share of such a block stays in the L2 cache for all panels; each step of a panel
// is expanded once per block of rows, just before it is used.
#include "sim/gemm/tensor_core_blocked.h"

#include <omp.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

#include "formats/decode.h"
#include "sim/gemm/tensor_core_packed.h"

namespace octavo::sim::gemm {
namespace {

constexpr std::int64_t kBlockRows = 512;
constexpr std::int64_t kBlockPanels = 32;
constexpr std::int64_t kBlockDepth = 256;
/// Below this many multiply-adds a second thread does not pay.
constexpr std::int64_t kWorthAThread = 1 << 22;

StepOperand step_operand(const formats::Spec& format, bool as_f16) {
  StepOperand operand{};
  operand.finest = format.min_quantum() + kExponentOffset;
  for (std::uint32_t magnitude = 0; magnitude < 128; ++magnitude) {
    constexpr std::uint16_t kTiny = 0x0080;  // 2^-126
    constexpr std::uint32_t kNoBit = 255;
    operand.values[magnitude] = kTiny;
    operand.extents[magnitude] = std::uint32_t{kTiny} << 16 | kNoBit << 8;
    if (magnitude > format.magnitude_mask()) continue;
    const Element element = decode_element(format, magnitude, as_f16);
    if (element.kind != Element::Kind::finite || element.significand == 0) continue;
    const auto value = static_cast<float>(formats::decode(format, magnitude));
    operand.values[magnitude] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16);
    operand.exponents[magnitude] = static_cast<std::uint16_t>(element.exponent + kExponentOffset);
    const int lowest = element.unit + std::countr_zero(static_cast<std::uint32_t>(element.significand));
    operand.extents[magnitude] = std::uint32_t{operand.values[magnitude]} << 16 |
                                 static_cast<std::uint32_t>(lowest + kExponentOffset) << 8 |
                                 operand.exponents[magnitude];
  }
  return operand;
}

StepModel step_model(const Architecture& row, const formats::Spec& a, const formats::Spec& b) {
  const bool f16 = row.accumulator == Accumulator::f16;
  return {.a = step_operand(a, row.operands_as_f16),
          .b = step_operand(b, row.operands_as_f16),
          .depth = row.group,
          .fraction_bits = row.fraction_bits,
          .f16 = f16,
          .clamp_addend = f16 && a.min_exponent() + b.min_exponent() < formats::fp16.min_exponent()};
}

const TensorCoreKernel& kernel_of(formats::InstructionSet set) {
  switch (set) {
#ifdef OCTAVO_HAS_AVX512
    case formats::InstructionSet::avx512:
      // The kernel counts signs with VPOPCNTD, which the first processors with AVX-512 (Skylake-X) lack.
      if (__builtin_cpu_supports("avx512vpopcntdq")) return avx512::tensor_core_kernel;
      [[fallthrough]];
    case formats::InstructionSet::avx2:
      return avx2::tensor_core_kernel;
#endif
    default:
      return scalar::tensor_core_kernel;
  }
}

/// Everything about one product that its blocks share.
struct Job {
  const Product& product;
  const Architecture& row;
  const TensorCoreKernel& kernel;
  const TensorCoreStep& step;
  const PackedSteps& a;
  const PackedSteps& b;
  StepModel model;
  float* d;
  std::int64_t ldd;
  bool accumulate;

  int parts() const { return product.split.parts; }
  bool sums_afterwards() const { return row.addend == Addend::afterwards; }
  bool promotes() const { return product.promotion > 0; }
  /// True if c is the addend of the first step.
  bool c_enters_the_step() const { return !sums_afterwards() && !promotes(); }
  std::uint32_t mask() const {
    return row.output == OutputRounding::e8m13_toward_zero && a.padded_depth() > 0 ? 0xFFFFFC00u : 0xFFFFFFFFu;
  }
  std::int64_t bound(int part) const { return a.order.bounds[static_cast<std::size_t>(part)]; }

  /// Floats that one sum needs: the chain; the sum of instructions where c is added afterwards; the promoted sum;
  /// and all parts of a split product.
  std::int64_t floats_per_sum() const {
    return 1 + (sums_afterwards() ? 1 : 0) + (promotes() ? 1 : 0) + (parts() > 1 ? parts() : 0);
  }
};

/// The reference on stored codes, whose order within an instruction is already that of the groups.
float reference(const Job& job, std::int64_t m, std::int64_t n, float c) {
  Architecture row = job.row;
  row.order = GroupOrder::consecutive;
  std::vector<std::uint8_t> a_row(static_cast<std::size_t>(job.a.padded_depth()));
  std::vector<std::uint8_t> b_row(a_row.size());
  job.a.copy_row(m, a_row.data());
  job.b.copy_row(n, b_row.data());
  return dot(job.product, row, {a_row.data(), &job.a.table}, {b_row.data(), &job.b.table}, job.a.order, c);
}

bool addend_is_extreme(const Job& job, float c) {
  const float magnitude = std::fabs(c);
  if (!job.c_enters_the_step()) return !(magnitude <= std::numeric_limits<float>::max());
  return c != 0 && !(magnitude >= kStepSmallestAddend && magnitude <= kStepLargestAddend);
}

/// The sums of one panel of B with rows [first, last) of A, and the outputs that the reference computes.
class PanelSums {
 public:
  PanelSums(const Job& job, std::int64_t panel, std::int64_t first, std::int64_t last, float* memory)
      : job_(job),
        first_(first),
        last_(last),
        column_(panel * kStepColumns),
        columns_(std::min<std::int64_t>(kStepColumns, job.b.rows - column_)),
        count_((last - first + kStepRows - 1) / kStepRows * kStepRows * kStepColumns),
        chain_(memory),
        instructions_(memory + (job.sums_afterwards() ? count_ : 0)),
        total_(instructions_ + (job.promotes() ? count_ : 0)),
        parts_(total_ + count_) {}

  /// Steps over [from, to) of the depth, within one part. `a_blocks` is [step][group]. The first call begins the sums,
  /// the last one writes D.
  void add(const std::byte* a_blocks, std::int64_t from, std::int64_t to, int part, void* b_block) {
    if (part == 0 && from == 0) begin();
    add_steps(a_blocks, from, to, part, b_block);
    if (part + 1 == job_.parts() && to == job_.bound(part + 1)) finish();
  }

 private:
  struct Exception {
    std::int64_t m, n;
    float value;
  };

  void begin() {
    collect_exceptions();
    zero();
    if (!job_.accumulate) return;
    const bool round = job_.model.f16 && !job_.promotes();
    for (std::int64_t m = first_; m < last_; ++m)
      for (std::int64_t n = 0; n < columns_; ++n) {
        const float c = job_.d[m * job_.ldd + column_ + n];
        if (addend_is_extreme(job_, c)) continue;
        total_[(m - first_) * kStepColumns + n] =
            round ? accumulator_value(Accumulator::f16, accumulator_bits(Accumulator::f16, c)) : c;
      }
  }

  void add_steps(const std::byte* a_blocks, std::int64_t from, std::int64_t to, int part, void* b_block) {
    const std::int64_t groups = count_ / (kStepRows * kStepColumns);
    const std::int64_t panel = column_ / kStepColumns;
    const std::int64_t begin = job_.bound(part);
    const std::int64_t end = job_.bound(part + 1);
    for (std::int64_t k = from; k < to; k += job_.row.group, a_blocks += groups * job_.step.a_block_bytes) {
      job_.step.expand_b(job_.model, job_.b.panel(panel) + k * kStepColumns, b_block);
      const std::int64_t done = k + job_.row.group - begin;
      if (job_.sums_afterwards())
        add_to_instructions(a_blocks, groups, b_block, done);
      else
        job_.step.run(job_.model, a_blocks, groups, b_block, chain_);
      if (job_.promotes() && (done % job_.product.promotion == 0 || done == end - begin))
        (job_.sums_afterwards() ? job_.kernel.promote_sums : job_.kernel.promote)(total_, instructions_, count_,
                                                                                  job_.mask());
    }
    if (job_.parts() > 1 && to == end) {
      std::copy_n(total_, count_, parts_ + part * count_);
      zero();
    }
  }

  /// A step of an instruction whose addend comes afterwards; `done` elements of the depth will be over.
  void add_to_instructions(const std::byte* a_blocks, std::int64_t groups, const void* b_block, std::int64_t done) {
    const auto& step = job_.step;
    const std::int64_t within = done % job_.row.depth;
    const bool alone = job_.row.group == job_.row.depth;  // then first and last are one
    if (step.run_last != nullptr && within == 0 && !alone)
      return step.run_last(job_.model, a_blocks, groups, b_block, chain_, instructions_);
    if (step.run_first != nullptr && within == job_.row.group && !alone)
      return step.run_first(job_.model, a_blocks, groups, b_block, chain_);
    step.run(job_.model, a_blocks, groups, b_block, chain_);
    if (within == 0)
      (job_.model.f16 ? job_.kernel.promote_f16 : job_.kernel.promote)(instructions_, chain_, count_, job_.mask());
  }

  void finish() {
    const auto copy = job_.c_enters_the_step() ? job_.kernel.copy_chains : job_.kernel.copy_sums;
    std::vector<float> partials(static_cast<std::size_t>(job_.parts()));
    for (int part = 0; part < job_.parts() && job_.parts() > 1; ++part)
      copy(parts_ + part * count_, count_, job_.mask(), parts_ + part * count_);
    for (std::int64_t m = first_; m < last_; ++m) {
      const std::int64_t row = (m - first_) * kStepColumns;
      float* to = job_.d + m * job_.ldd + column_;
      // Rows of D often lie a power of two apart: every one is another page, and few fit into the cache together.
      constexpr std::int64_t kAhead = 8;
      if (m + kAhead < last_)
        for (std::int64_t n = 0; n < columns_; n += 16) __builtin_prefetch(to + kAhead * job_.ldd + n, 1);
      if (job_.parts() == 1) {
        copy(total_ + row, columns_, job_.mask(), to);
      } else {
        for (std::int64_t n = 0; n < columns_; ++n) {
          for (int part = 0; part < job_.parts(); ++part)
            partials[static_cast<std::size_t>(part)] = parts_[part * count_ + row + n];
          to[n] = add_parts(job_.product.split.order, partials);
        }
      }
    }
    for (const Exception& exception : exceptions_) job_.d[exception.m * job_.ldd + exception.n] = exception.value;
  }

  void zero() { std::fill(chain_, total_ + count_, 0.0f); }

  void collect_exceptions() {
    if (!job_.a.any_special && !job_.b.any_special && !job_.accumulate) return;
    for (std::int64_t m = first_; m < last_; ++m)
      for (std::int64_t n = column_; n < column_ + columns_; ++n) {
        const float c = job_.accumulate ? job_.d[m * job_.ldd + n] : 0.0f;
        if (job_.a.special[static_cast<std::size_t>(m)] != 0 || job_.b.special[static_cast<std::size_t>(n)] != 0 ||
            addend_is_extreme(job_, c))
          exceptions_.push_back({m, n, reference(job_, m, n, c)});
      }
  }

  const Job& job_;
  std::int64_t first_, last_, column_, columns_;
  std::int64_t count_;  ///< sums, those of missing rows included
  float* chain_;
  float* instructions_;  ///< the chain itself unless c is added afterwards
  float* total_;         ///< the outermost sum, which c starts
  float* parts_;
  std::vector<Exception> exceptions_;
};

/// What the threads of one product share, in turn for each block.
struct Shared {
  Buffer<std::byte> a_blocks;
  Buffer<float> sums;
  std::vector<PanelSums> panels;
};

/// Rows [first, last) of A with the shared panels of B; called by all threads of a team.
void multiply_block(const Job& job, Shared& shared, std::int64_t first, std::int64_t last, std::int64_t panels,
                    void* b_block) {
  const std::int64_t groups = (last - first + kStepRows - 1) / kStepRows;
  for (int part = 0; part < job.parts(); ++part)
    for (std::int64_t from = job.bound(part), to = from; from == job.bound(part) || from < job.bound(part + 1);
         from += kBlockDepth) {
      to = std::min(from + kBlockDepth, job.bound(part + 1));  // at `from` if the part is empty
#pragma omp for schedule(static)
      for (std::int64_t group = 0; group < groups; ++group) {
        const std::int64_t m = first + group * kStepRows;
        const int rows = static_cast<int>(std::min<std::int64_t>(kStepRows, last - m));
        std::byte* block = shared.a_blocks.data() + group * job.step.a_block_bytes;
        for (std::int64_t k = from; k < to; k += job.row.group, block += groups * job.step.a_block_bytes)
          job.step.expand_a(job.model, job.a.row(m) + k, job.a.padded_depth(), rows, block);
      }
#pragma omp for schedule(dynamic)
      for (std::int64_t p = 0; p < panels; ++p)
        shared.panels[static_cast<std::size_t>(p)].add(shared.a_blocks.data(), from, to, part, b_block);
    }
}

}  // namespace

bool can_block(const Architecture& row) {
  return row.datapath == Datapath::fused && row.scale == BlockScale::none && row.groups == GroupSum::chained &&
         row.operands != OperandFormats::fp16_bf16 && row.zeros_are_neutral(-32) && row.group <= kStepDepth &&
         (row.fraction_bits == 13 || row.fraction_bits == 25) &&
         (row.accumulator == Accumulator::f32 || row.negative_zero);
}

std::unique_ptr<Packed> pack_blocked(const Product& product, const Architecture& row, Side side,
                                     const Operand& operand) {
  return pack_steps(product, row, side, operand);
}

void multiply_blocked(const Product& product, const Architecture& row, formats::InstructionSet set, StepRung rung,
                      const Packed& packed_a, const Packed& packed_b, float* d, std::int64_t ldd, bool accumulate) {
  const auto& a = static_cast<const PackedSteps&>(packed_a);
  const auto& b = static_cast<const PackedSteps&>(packed_b);
  assert(a.side == Side::a && b.side == Side::b && a.depth == b.depth && ldd >= b.rows);
  const TensorCoreKernel& kernel = kernel_of(set);
  const auto index = static_cast<std::size_t>(rung);
  const TensorCoreStep& step = row.fraction_bits == 13 ? kernel.narrow[index] : kernel.wide[index];
  const Job job{product, row, kernel, step, a, b, step_model(row, a.format, b.format), d, ldd, accumulate};
  if (a.rows == 0 || b.rows == 0) return;

  const std::int64_t block_rows = std::min(kBlockRows, (a.rows + kStepRows - 1) / kStepRows * kStepRows);
  const std::int64_t block_panels = std::min(kBlockPanels, b.panels());
  const std::int64_t block_steps = std::min(kBlockDepth, a.padded_depth()) / row.group;
  const std::int64_t panel_floats = job.floats_per_sum() * block_rows * kStepColumns;
  Shared shared{.a_blocks = Buffer<std::byte>(block_rows / kStepRows * block_steps * step.a_block_bytes),
                .sums = Buffer<float>(block_panels * panel_floats),
                .panels = {}};
  const std::int64_t work = a.rows * b.rows * a.padded_depth();
  const int threads = omp_in_parallel() != 0
                          ? 1
                          : static_cast<int>(std::clamp<std::int64_t>(work / kWorthAThread, 1, omp_get_max_threads()));
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    const Buffer<std::byte> b_block(step.b_block_bytes);
    for (std::int64_t first = 0; first < a.rows; first += kBlockRows) {
      const std::int64_t last = std::min(a.rows, first + kBlockRows);
      for (std::int64_t panel = 0; panel < b.panels(); panel += kBlockPanels) {
        const std::int64_t panels = std::min(kBlockPanels, b.panels() - panel);
#pragma omp single
        {
          shared.panels.clear();
          for (std::int64_t p = 0; p < panels; ++p)
            shared.panels.emplace_back(job, panel + p, first, last, shared.sums.data() + p * panel_floats);
        }
        multiply_block(job, shared, first, last, panels, b_block.data());
      }
    }
  }
}

}  // namespace octavo::sim::gemm
