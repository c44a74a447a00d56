// wgmma.mma_async m64nNk32 on FP8 operands as functions of registers and descriptors, for each N that Octavo uses.
#pragma once

#include <cstdint>

#include "cuda/instruction.h"

namespace octavo::cuda::sm90a {

/// Sums of one thread, as 32-bit registers.
template <int N, Accumulator Sum>
inline constexpr int kSumRegisters = Sum == Accumulator::f32 ? N / 2 : N / 4;

__device__ inline void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ inline void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int Pending>
__device__ void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(Pending) : "memory");
}
/// Shared memory written by ordinary stores becomes visible to wgmma.
__device__ inline void fence_shared_for_wgmma() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// The assembler numbers operands: R sums come first, then the inputs I0, I1, ...
#define OCTAVO_L2 "%0,%1"
#define OCTAVO_L4 OCTAVO_L2 ",%2,%3"
#define OCTAVO_L8 OCTAVO_L4 ",%4,%5,%6,%7"
#define OCTAVO_L16 OCTAVO_L8 ",%8,%9,%10,%11,%12,%13,%14,%15"
#define OCTAVO_L32 OCTAVO_L16 ",%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31"
#define OCTAVO_L64                                                                                                \
  OCTAVO_L32                                                                                                      \
  ",%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58," \
  "%59,%60,%61,%62,%63"
#define OCTAVO_L128                                                                                               \
  OCTAVO_L64                                                                                                      \
  ",%64,%65,%66,%67,%68,%69,%70,%71,%72,%73,%74,%75,%76,%77,%78,%79,%80,%81,%82,%83,%84,%85,%86,%87,%88,%89,%90," \
  "%91,%92,%93,%94,%95,%96,%97,%98,%99,%100,%101,%102,%103,%104,%105,%106,%107,%108,%109,%110,%111,%112,%113,"    \
  "%114,%115,%116,%117,%118,%119,%120,%121,%122,%123,%124,%125,%126,%127"

#define OCTAVO_D2(i) "+r"(d[i]), "+r"(d[(i) + 1])
#define OCTAVO_D4(i) OCTAVO_D2(i), OCTAVO_D2((i) + 2)
#define OCTAVO_D8(i) OCTAVO_D4(i), OCTAVO_D4((i) + 4)
#define OCTAVO_D16(i) OCTAVO_D8(i), OCTAVO_D8((i) + 8)
#define OCTAVO_D32(i) OCTAVO_D16(i), OCTAVO_D16((i) + 16)
#define OCTAVO_D64(i) OCTAVO_D32(i), OCTAVO_D32((i) + 32)
#define OCTAVO_D128(i) OCTAVO_D64(i), OCTAVO_D64((i) + 64)

/// Both operands in shared memory.
#define OCTAVO_WGMMA_SS(R, I0, I1, I2, I3, I4, TYPE)                                                           \
  asm volatile("{ .reg .pred p; setp.ne.b32 p, " I2 ", 0; wgmma.mma_async.sync.aligned." TYPE " {" OCTAVO_L##R \
               "}, " I0 ", " I1 ", p, " I3 ", " I4 "; }"                                                       \
               : OCTAVO_D##R(0)                                                                                \
               : "l"(a), "l"(b), "r"(scale_d), "n"(SignA), "n"(SignB))

/// A in registers.
#define OCTAVO_WGMMA_RS(R, I0, I1, I2, I3, I4, I5, I6, I7, TYPE)                                               \
  asm volatile("{ .reg .pred p; setp.ne.b32 p, " I5 ", 0; wgmma.mma_async.sync.aligned." TYPE " {" OCTAVO_L##R \
               "}, {" I0 "," I1 "," I2 "," I3 "}, " I4 ", p, " I6 ", " I7 "; }"                                \
               : OCTAVO_D##R(0)                                                                                \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(scale_d), "n"(SignA), "n"(SignB))

#define OCTAVO_SS_2(TYPE) OCTAVO_WGMMA_SS(2, "%2", "%3", "%4", "%5", "%6", TYPE)
#define OCTAVO_SS_4(TYPE) OCTAVO_WGMMA_SS(4, "%4", "%5", "%6", "%7", "%8", TYPE)
#define OCTAVO_SS_8(TYPE) OCTAVO_WGMMA_SS(8, "%8", "%9", "%10", "%11", "%12", TYPE)
#define OCTAVO_SS_16(TYPE) OCTAVO_WGMMA_SS(16, "%16", "%17", "%18", "%19", "%20", TYPE)
#define OCTAVO_SS_32(TYPE) OCTAVO_WGMMA_SS(32, "%32", "%33", "%34", "%35", "%36", TYPE)
#define OCTAVO_SS_64(TYPE) OCTAVO_WGMMA_SS(64, "%64", "%65", "%66", "%67", "%68", TYPE)
#define OCTAVO_SS_128(TYPE) OCTAVO_WGMMA_SS(128, "%128", "%129", "%130", "%131", "%132", TYPE)
#define OCTAVO_RS_2(TYPE) OCTAVO_WGMMA_RS(2, "%2", "%3", "%4", "%5", "%6", "%7", "%8", "%9", TYPE)
#define OCTAVO_RS_4(TYPE) OCTAVO_WGMMA_RS(4, "%4", "%5", "%6", "%7", "%8", "%9", "%10", "%11", TYPE)
#define OCTAVO_RS_8(TYPE) OCTAVO_WGMMA_RS(8, "%8", "%9", "%10", "%11", "%12", "%13", "%14", "%15", TYPE)
#define OCTAVO_RS_16(TYPE) OCTAVO_WGMMA_RS(16, "%16", "%17", "%18", "%19", "%20", "%21", "%22", "%23", TYPE)
#define OCTAVO_RS_32(TYPE) OCTAVO_WGMMA_RS(32, "%32", "%33", "%34", "%35", "%36", "%37", "%38", "%39", TYPE)
#define OCTAVO_RS_64(TYPE) OCTAVO_WGMMA_RS(64, "%64", "%65", "%66", "%67", "%68", "%69", "%70", "%71", TYPE)
#define OCTAVO_RS_128(TYPE) OCTAVO_WGMMA_RS(128, "%128", "%129", "%130", "%131", "%132", "%133", "%134", "%135", TYPE)

// All four pairs of types for one shape.
#define OCTAVO_WGMMA_TYPES(FORM, R, SHAPE)                                                   \
  do {                                                                                       \
    if constexpr (A == Fp8::e4m3 && B == Fp8::e4m3) OCTAVO_##FORM##_##R(SHAPE ".e4m3.e4m3"); \
    if constexpr (A == Fp8::e4m3 && B == Fp8::e5m2) OCTAVO_##FORM##_##R(SHAPE ".e4m3.e5m2"); \
    if constexpr (A == Fp8::e5m2 && B == Fp8::e4m3) OCTAVO_##FORM##_##R(SHAPE ".e5m2.e4m3"); \
    if constexpr (A == Fp8::e5m2 && B == Fp8::e5m2) OCTAVO_##FORM##_##R(SHAPE ".e5m2.e5m2"); \
  } while (false)

/// d = A B (+ d if scale_d is not 0), asynchronously: d is valid after wgmma_wait. a and b are matrix descriptors;
/// SignA and SignB are 1, or -1 to negate that operand.
template <int N, Accumulator Sum, Fp8 A, Fp8 B, int SignA = 1, int SignB = 1>
__device__ void wgmma(std::uint32_t (&d)[kSumRegisters<N, Sum>], std::uint64_t a, std::uint64_t b, int scale_d) {
  if constexpr (Sum == Accumulator::f32) {
    if constexpr (N == 8) OCTAVO_WGMMA_TYPES(SS, 4, "m64n8k32.f32");
    if constexpr (N == 16) OCTAVO_WGMMA_TYPES(SS, 8, "m64n16k32.f32");
    if constexpr (N == 64) OCTAVO_WGMMA_TYPES(SS, 32, "m64n64k32.f32");
    if constexpr (N == 128) OCTAVO_WGMMA_TYPES(SS, 64, "m64n128k32.f32");
    if constexpr (N == 256) OCTAVO_WGMMA_TYPES(SS, 128, "m64n256k32.f32");
  } else {
    if constexpr (N == 8) OCTAVO_WGMMA_TYPES(SS, 2, "m64n8k32.f16");
    if constexpr (N == 16) OCTAVO_WGMMA_TYPES(SS, 4, "m64n16k32.f16");
    if constexpr (N == 64) OCTAVO_WGMMA_TYPES(SS, 16, "m64n64k32.f16");
    if constexpr (N == 128) OCTAVO_WGMMA_TYPES(SS, 32, "m64n128k32.f16");
    if constexpr (N == 256) OCTAVO_WGMMA_TYPES(SS, 64, "m64n256k32.f16");
  }
}

/// The same with the thread's 16 bytes of A in registers.
template <int N, Accumulator Sum, Fp8 A, Fp8 B, int SignA = 1, int SignB = 1>
__device__ void wgmma(std::uint32_t (&d)[kSumRegisters<N, Sum>], const std::uint32_t (&a)[4], std::uint64_t b,
                      int scale_d) {
  if constexpr (Sum == Accumulator::f32) {
    if constexpr (N == 8) OCTAVO_WGMMA_TYPES(RS, 4, "m64n8k32.f32");
    if constexpr (N == 16) OCTAVO_WGMMA_TYPES(RS, 8, "m64n16k32.f32");
    if constexpr (N == 64) OCTAVO_WGMMA_TYPES(RS, 32, "m64n64k32.f32");
    if constexpr (N == 128) OCTAVO_WGMMA_TYPES(RS, 64, "m64n128k32.f32");
    if constexpr (N == 256) OCTAVO_WGMMA_TYPES(RS, 128, "m64n256k32.f32");
  } else {
    if constexpr (N == 8) OCTAVO_WGMMA_TYPES(RS, 2, "m64n8k32.f16");
    if constexpr (N == 16) OCTAVO_WGMMA_TYPES(RS, 4, "m64n16k32.f16");
    if constexpr (N == 64) OCTAVO_WGMMA_TYPES(RS, 16, "m64n64k32.f16");
    if constexpr (N == 128) OCTAVO_WGMMA_TYPES(RS, 32, "m64n128k32.f16");
    if constexpr (N == 256) OCTAVO_WGMMA_TYPES(RS, 64, "m64n256k32.f16");
  }
}

}  // namespace octavo::cuda::sm90a
