// What a recorded result is a result of: instructions and library calls by name, as data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "formats/rounding.h"
#include "formats/spec.h"
#include "sim/gemm/tensor_core/product.h"

namespace octavo::experiments::replay {

/// What a product is computed by.
enum class Kind : std::uint8_t {
  wgmma,
  sparse_wgmma,  ///< of every four elements of a, two are multiplied: the case says which
  mma_sync,
  cublaslt,  ///< fills an incomplete instruction with zeros, adds C after the product
};

/// What mma.sync is compiled for: each makes other instructions of it.
enum class Target : std::uint8_t { sm89, sm90, sm100, sm120 };
std::string_view name(Target target);

/// A matrix instruction, or a library's product made of them.
struct ProductOperation {
  Kind kind = Kind::wgmma;
  sim::gemm::TensorCoreProduct product;  ///< promotion and split-K as they are unless a case says otherwise
  std::optional<formats::Spec> a, b;     ///< nothing: the case names its formats
  std::optional<Target> target{};        ///< of mma.sync
  bool ptxas12 = false;                  ///< mma.sync as that toolkit compiled it

  bool sparse() const { return kind == Kind::sparse_wgmma; }
  bool library() const { return kind == Kind::cublaslt; }
  const sim::gemm::Architecture& row() const { return sim::gemm::resolve(product); }
};

/// One element's conversion, to a format of at most 16 bits.
struct ConversionOperation {
  std::optional<formats::Spec> from;  ///< of at most 16 bits; nothing: f32
  formats::Spec to{};
  formats::Rounding rounding = formats::Rounding::nearest_even;
  formats::Overflow overflow = formats::Overflow::saturate;
  bool relu = false;

  int input_bits() const { return from ? storage_bits(*from) : 32; }
  int output_bits() const { return storage_bits(to); }

 private:
  static int storage_bits(const formats::Spec& format) { return format.bits() <= 8 ? 8 : 16; }
};

using Operation = std::variant<ProductOperation, ConversionOperation>;

struct NamedOperation {
  std::string name;
  Operation operation;
};

/// Every operation that has a model here:
///   wgmma.m64n8k32.{f32,f16}.A.B                                        A and B: e4m3, e5m2
///   wgmma.sp.m64n8k64.{f32,f16}.A.B                                     presumed: wgmma of the selected elements
///   mma.m16n8k16.{f32,f16}.A.B.{sm89,sm90,sm100,sm120}
///   mma.m16n8k32.{f32,f16}.A.B.{sm89,sm90,sm90.ptxas12,sm100,sm120}     on sm120 also e3m2, e2m3, e2m1
///   cublaslt.fp8.{fast_accum,split_accum}                               promotion never, or every 128 of K
///   cvt.rn.satfinite[.relu].TOx2.{f32,f16x2}                            to e4m3, e5m2; from f32 also e3m2, e2m3, e2m1
///   cvt.rn[.relu].f16x2.FROMx2
///   cvt.{rz,rp}[.satfinite].ue8m0x2.{f32,bf16x2}, cvt.rn.bf16x2.ue8m0x2
const std::vector<NamedOperation>& operations();

/// The operation called `name` (for wgmma any legal N: the result of an element does not depend on it). Throws Error
/// with the nearest name.
const Operation& operation(std::string_view name);

/// True of a library's product. Throws Error as operation() does.
bool is_library(std::string_view name);

}  // namespace octavo::experiments::replay
