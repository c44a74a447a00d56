// Blocking of tensor-core products: which codes meet in which step, on which thread, and what the reference computes.
#include "sim/gemm/tensor_core_blocked.h"

#include <omp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <new>
#include <vector>

#include "formats/decode.h"

namespace octavo::sim::gemm {
namespace {

/// Rows that share an expanded panel of B. Their sums and one step's share of A stay in the L2 cache.
constexpr std::int64_t kBlockRows = 512;

struct AlignedDelete {
  void operator()(void* p) const { ::operator delete[](p, std::align_val_t{64}); }
};

template <typename T>
using Aligned = std::unique_ptr<T[], AlignedDelete>;

template <typename T>
Aligned<T> aligned(std::int64_t count) {
  return Aligned<T>(static_cast<T*>(
      ::operator new[](static_cast<std::size_t>(std::max<std::int64_t>(count, 1)) * sizeof(T), std::align_val_t{64})));
}

/// Codes with the sign in bit 7. A: [rows][depth]; B: [panels][depth][kStepColumns], missing columns repeat the last.
struct Blocked final : Packed {
  Side side = Side::a;
  formats::Spec format{};
  DepthOrder order;
  ElementTable table{};  ///< of the codes as stored
  Aligned<std::uint8_t> codes;
  std::vector<std::uint8_t> special;  ///< by row: 1 if it holds a NaN or an infinity

  std::int64_t padded_depth() const { return order.bounds.back(); }
  std::int64_t panels() const { return (rows + kStepColumns - 1) / kStepColumns; }
  const std::uint8_t* panel(std::int64_t p) const { return codes.get() + p * padded_depth() * kStepColumns; }
  const std::uint8_t* row(std::int64_t i) const { return codes.get() + i * padded_depth(); }
  void copy_row(std::int64_t i, std::uint8_t* to) const {
    if (side == Side::a) {
      std::copy_n(row(i), padded_depth(), to);
    } else {
      const std::uint8_t* from = panel(i / kStepColumns) + i % kStepColumns;
      for (std::int64_t k = 0; k < padded_depth(); ++k) to[k] = from[k * kStepColumns];
    }
  }
};

/// `code` with its sign moved to bit 7.
std::uint8_t stored_code(const formats::Spec& format, std::uint32_t code) {
  code &= format.code_count() - 1u;
  return static_cast<std::uint8_t>((code & format.magnitude_mask()) | ((code & format.sign_bit()) != 0 ? 0x80u : 0u));
}

std::uint32_t code_of(const formats::Spec& format, std::uint32_t stored) {
  return (stored & format.magnitude_mask()) | ((stored & 0x80u) != 0 ? format.sign_bit() : 0u);
}

/// The depth as the steps take it: within an instruction the first group's k, then the second's.
DepthOrder step_order(const Product& product, const Architecture& row, std::int64_t depth) {
  DepthOrder order = depth_order(product.split, depth, row.depth);
  if (row.order == GroupOrder::half_words) {
    for (std::size_t k = 0; k < order.order.size(); k += static_cast<std::size_t>(row.depth)) {
      std::array<std::int64_t, 64> instruction;
      std::copy_n(order.order.begin() + static_cast<std::ptrdiff_t>(k), row.depth, instruction.begin());
      for (int i = 0; i < row.depth; ++i) {
        const int group = i / row.group;
        const int j = i % row.group;
        order.order[k + static_cast<std::size_t>(i)] =
            instruction[static_cast<std::size_t>(j / 2 * 4 + group * 2 + j % 2)];
      }
    }
  }
  return order;
}

StepOperand step_operand(const formats::Spec& format, bool as_f16) {
  StepOperand operand{};
  for (std::uint32_t magnitude = 0; magnitude < 128; ++magnitude) {
    constexpr std::uint16_t kTiny = 0x0080;  // 2^-126
    operand.values[magnitude] = kTiny;
    if (magnitude > format.magnitude_mask()) continue;
    const Element element = decode_element(format, magnitude, as_f16);
    if (element.kind != Element::Kind::finite || element.significand == 0) continue;
    const auto value = static_cast<float>(formats::decode(format, magnitude));
    operand.values[magnitude] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16);
    operand.exponents[magnitude] = static_cast<std::uint16_t>(element.exponent + kExponentOffset);
  }
  return operand;
}

StepModel step_model(const Architecture& row, const Blocked& a, const Blocked& b) {
  const bool f16 = row.accumulator == Accumulator::f16;
  return {.a = step_operand(a.format, row.operands_as_f16),
          .b = step_operand(b.format, row.operands_as_f16),
          .depth = row.group,
          .fraction_bits = row.fraction_bits,
          .f16 = f16,
          .clamp_addend = f16 && a.format.min_exponent() + b.format.min_exponent() < formats::fp16.min_exponent()};
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
  const Blocked& a;
  const Blocked& b;
  StepModel model;
  float* d;
  std::int64_t ldd;
  bool accumulate;

  bool sums_afterwards() const { return row.addend == Addend::afterwards; }
  bool promotes() const { return product.promotion > 0; }
  /// True if c is the addend of the first step.
  bool c_enters_the_step() const { return !sums_afterwards() && !promotes(); }
  std::uint32_t mask() const { return row.output == OutputRounding::e8m13_toward_zero ? 0xFFFFFC00u : 0xFFFFFFFFu; }
  std::int64_t steps() const { return a.padded_depth() / row.group; }
};

/// What one thread needs besides.
struct Scratch {
  Aligned<std::byte> b_block;
  Aligned<float> state;        // the chain
  Aligned<float> instruction;  // with c added after each instruction
  Aligned<float> promoted;
  Aligned<float> parts;  // one after the other, if there are several
  std::vector<std::uint8_t> a_row, b_row;

  Scratch(const Job& job, std::int64_t rows)
      : b_block(aligned<std::byte>(job.step.b_block_bytes)),
        state(aligned<float>(rows * kStepColumns)),
        instruction(aligned<float>(job.sums_afterwards() ? rows * kStepColumns : 0)),
        promoted(aligned<float>(job.promotes() ? rows * kStepColumns : 0)),
        parts(aligned<float>(job.product.split.parts > 1 ? job.product.split.parts * rows * kStepColumns : 0)),
        a_row(static_cast<std::size_t>(job.a.padded_depth())),
        b_row(static_cast<std::size_t>(job.a.padded_depth())) {}
};

/// The reference on stored codes, whose order within an instruction is already that of the groups.
float reference(const Job& job, Scratch& scratch, std::int64_t m, std::int64_t n, float c) {
  Architecture row = job.row;
  row.order = GroupOrder::consecutive;
  job.a.copy_row(m, scratch.a_row.data());
  job.b.copy_row(n, scratch.b_row.data());
  return dot(job.product, row, {scratch.a_row.data(), &job.a.table}, {scratch.b_row.data(), &job.b.table}, job.a.order,
             c);
}

struct Exception {
  std::int64_t m, n;
  float value;
};

bool addend_is_extreme(const Job& job, float c) {
  const float magnitude = std::fabs(c);
  if (!job.c_enters_the_step()) return !(magnitude <= std::numeric_limits<float>::max());
  return c != 0 && !(magnitude >= kStepSmallestAddend && magnitude <= kStepLargestAddend);
}

/// One panel of B with rows [first, last) of A, expanded in `a_blocks` ([step][group]).
void multiply_panel(const Job& job, Scratch& scratch, const std::byte* a_blocks, std::int64_t first, std::int64_t last,
                    std::int64_t panel) {
  const std::int64_t column = panel * kStepColumns;
  const std::int64_t columns = std::min<std::int64_t>(kStepColumns, job.b.rows - column);
  const std::int64_t groups = (last - first + kStepRows - 1) / kStepRows;
  const std::int64_t count = groups * kStepRows * kStepColumns;
  const bool f16 = job.model.f16;

  std::vector<Exception> exceptions;
  const auto old_value = [&](std::int64_t m, std::int64_t n) { return job.accumulate ? job.d[m * job.ldd + n] : 0.0f; };
  for (std::int64_t m = first; m < last; ++m)
    for (std::int64_t n = column; n < column + columns; ++n)
      if (job.a.special[static_cast<std::size_t>(m)] != 0 || job.b.special[static_cast<std::size_t>(n)] != 0 ||
          (job.accumulate && addend_is_extreme(job, job.d[m * job.ldd + n])))
        exceptions.push_back({m, n, reference(job, scratch, m, n, old_value(m, n))});

  float* chain = scratch.state.get();
  float* outermost = job.promotes()          ? scratch.promoted.get()
                     : job.sums_afterwards() ? scratch.instruction.get()
                                             : chain;
  bool finite = true;
  for (std::int64_t part = 0; part < job.product.split.parts; ++part) {
    std::fill_n(chain, count, 0.0f);
    if (job.sums_afterwards()) std::fill_n(scratch.instruction.get(), count, 0.0f);
    std::fill_n(outermost, count, 0.0f);
    if (job.accumulate && part == 0) {
      for (std::int64_t m = first; m < last; ++m)
        for (std::int64_t n = 0; n < columns; ++n) {
          const float c = job.d[m * job.ldd + column + n];
          float& to = outermost[(m - first) * kStepColumns + n];
          if (!addend_is_extreme(job, c))
            to = f16 && job.c_enters_the_step()
                     ? accumulator_value(Accumulator::f16, accumulator_bits(Accumulator::f16, c))
                     : c;
        }
    }
    const std::int64_t begin = job.a.order.bounds[static_cast<std::size_t>(part)];
    const std::int64_t end = job.a.order.bounds[static_cast<std::size_t>(part) + 1];
    for (std::int64_t k = begin; k < end; k += job.row.group) {
      job.step.expand_b(job.model, job.b.panel(panel) + k * kStepColumns, scratch.b_block.get());
      const std::byte* blocks = a_blocks + k / job.row.group * groups * job.step.a_block_bytes;
      finite = job.step.run(job.model, blocks, groups, scratch.b_block.get(), chain) && finite;
      const std::int64_t done = k + job.row.group - begin;
      float* inner = chain;
      if (job.sums_afterwards()) {
        if (done % job.row.depth == 0) job.kernel.promote(scratch.instruction.get(), chain, count, job.mask());
        inner = scratch.instruction.get();
      }
      if (job.promotes() && (done % job.product.promotion == 0 || done == end - begin))
        job.kernel.promote(scratch.promoted.get(), inner, count, job.mask());
    }
    if (job.product.split.parts > 1) std::copy_n(outermost, count, scratch.parts.get() + part * count);
  }

  std::vector<float> partials(static_cast<std::size_t>(job.product.split.parts));
  for (std::int64_t m = first; m < last; ++m)
    for (std::int64_t n = 0; n < columns; ++n) {
      const std::int64_t i = (m - first) * kStepColumns + n;
      float& to = job.d[m * job.ldd + column + n];
      const auto value = [&](float x) {
        return job.c_enters_the_step() ? std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & job.mask()) : x;
      };
      if (job.product.split.parts == 1) {
        to = value(outermost[i]);
      } else {
        for (std::size_t part = 0; part < partials.size(); ++part)
          partials[part] = value(scratch.parts[static_cast<std::size_t>(i) + part * static_cast<std::size_t>(count)]);
        to = add_parts(job.product.split.order, partials);
      }
    }
  for (const Exception& exception : exceptions) job.d[exception.m * job.ldd + exception.n] = exception.value;
  (void)finite;
}

}  // namespace

bool can_block(const Architecture& row) {
  return row.datapath == Datapath::fused && row.scale == BlockScale::none && row.groups == GroupSum::chained &&
         row.operands != OperandFormats::fp16_bf16 && row.zeros_are_neutral(-32) && row.group <= kStepDepth &&
         (row.fraction_bits == 13 || row.fraction_bits == 25) && row.accumulator == Accumulator::f32;
}

std::unique_ptr<Packed> pack_blocked(const Product& product, const Architecture& row, Side side,
                                     const Operand& operand) {
  auto packed = std::make_unique<Blocked>();
  packed->rows = operand.rows;
  packed->depth = operand.depth;
  packed->side = side;
  packed->format = operand.format;
  packed->order = step_order(product, row, operand.depth);
  std::array<std::uint8_t, 256> stored;
  for (std::uint32_t code = 0; code < 256; ++code) {
    stored[code] = stored_code(operand.format, code);
    packed->table[code] = decode_element(operand.format, code_of(operand.format, code), row.operands_as_f16);
  }
  const std::int64_t depth = packed->padded_depth();
  const std::int64_t width = side == Side::a ? operand.rows : packed->panels() * kStepColumns;
  packed->codes = aligned<std::uint8_t>(width * depth);
  packed->special.assign(static_cast<std::size_t>(operand.rows), 0);
  for (std::int64_t i = 0; i < (operand.rows == 0 ? 0 : width); ++i) {
    const std::int64_t source = std::min(i, operand.rows - 1);
    bool special = false;
    for (std::int64_t k = 0; k < depth; ++k) {
      const std::int64_t from = packed->order.order[static_cast<std::size_t>(k)];
      const std::uint8_t code =
          from < 0 ? std::uint8_t{0} : stored[operand.codes[source * operand.row_stride + from * operand.depth_stride]];
      special = special || packed->table[code].kind != Element::Kind::finite;
      const std::int64_t to =
          side == Side::a ? i * depth + k : (i / kStepColumns * depth + k) * kStepColumns + i % kStepColumns;
      packed->codes[static_cast<std::size_t>(to)] = code;
    }
    if (i == source) packed->special[static_cast<std::size_t>(i)] = special ? 1 : 0;
  }
  return packed;
}

void multiply_blocked(const Product& product, const Architecture& row, formats::InstructionSet set, StepRung rung,
                      const Packed& packed_a, const Packed& packed_b, float* d, std::int64_t ldd, bool accumulate) {
  const auto& a = static_cast<const Blocked&>(packed_a);
  const auto& b = static_cast<const Blocked&>(packed_b);
  assert(a.side == Side::a && b.side == Side::b && a.depth == b.depth && ldd >= b.rows);
  const TensorCoreKernel& kernel = kernel_of(set);
  const auto index = static_cast<std::size_t>(rung);
  const TensorCoreStep& step = row.fraction_bits == 13 ? kernel.narrow[index] : kernel.wide[index];
  const Job job{product, row, kernel, step, a, b, step_model(row, a, b), d, ldd, accumulate};

  const std::int64_t block_rows = std::min(kBlockRows, (a.rows + kStepRows - 1) / kStepRows * kStepRows);
  const std::int64_t block_groups = block_rows / kStepRows;
  const auto a_blocks = aligned<std::byte>(job.steps() * block_groups * step.a_block_bytes);
  // Below this many multiply-adds a second thread does not pay.
  constexpr std::int64_t kWorthAThread = 1 << 22;
  const std::int64_t work = a.rows * b.rows * a.padded_depth();
  const int threads = omp_in_parallel() != 0
                          ? 1
                          : static_cast<int>(std::clamp<std::int64_t>(work / kWorthAThread, 1, omp_get_max_threads()));
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    Scratch scratch(job, block_rows);
    for (std::int64_t first = 0; first < a.rows; first += kBlockRows) {
      const std::int64_t last = std::min(a.rows, first + kBlockRows);
      const std::int64_t groups = (last - first + kStepRows - 1) / kStepRows;
#pragma omp for schedule(static)
      for (std::int64_t group = 0; group < groups; ++group) {
        const std::int64_t m = first + group * kStepRows;
        const int rows = static_cast<int>(std::min<std::int64_t>(kStepRows, last - m));
        for (std::int64_t s = 0; s < job.steps(); ++s)
          step.expand_a(job.model, a.row(m) + s * row.group, a.padded_depth(), rows,
                        a_blocks.get() + (s * groups + group) * step.a_block_bytes);
      }
#pragma omp for schedule(dynamic)
      for (std::int64_t panel = 0; panel < b.panels(); ++panel)
        multiply_panel(job, scratch, a_blocks.get(), first, last, panel);
    }
  }
}

}  // namespace octavo::sim::gemm
