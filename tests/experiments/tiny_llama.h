// A random Llama of odd sizes and a text of token ids, written as the files that the program reads.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>

#include "experiments/evaluation/subject.h"
#include "tests/sim/file/file_writers.h"

namespace octavo::experiments {

/// No multiple of a vector's width, so that every kernel meets its remainder.
struct TinyLlama {
  static constexpr int width = 40, hidden = 52, layers = 3, heads = 4, kv_heads = 2, vocabulary = 67, context = 24;
};

/// The model as a llama2.c file.
inline std::string tiny_llama() {
  using T = TinyLlama;
  using sim::file::append;
  std::mt19937 generator(260);
  std::string bytes;
  for (const std::int32_t value : {T::width, T::hidden, T::layers, T::heads, T::kv_heads, T::vocabulary, T::context})
    append(bytes, value);
  const auto uniform = [&](int count, double mean, double spread) {
    for (int i = 0; i < count; ++i)
      append(bytes, static_cast<float>(mean + spread * (std::ldexp(generator(), -31) - 1.0)));
  };
  constexpr int head_width = T::width / T::heads;
  constexpr int kv_width = T::kv_heads * head_width;
  uniform(T::vocabulary * T::width, 0.0, 1.0);
  uniform(T::layers * T::width, 1.0, 0.5);
  for (const int rows : {T::width, kv_width, kv_width, T::width}) uniform(T::layers * rows * T::width, 0.0, 0.4);
  uniform(T::layers * T::width, 1.0, 0.5);
  for (int matrix = 0; matrix < 3; ++matrix) uniform(T::layers * T::hidden * T::width, 0.0, 0.4);
  uniform(T::width, 1.0, 0.5);
  uniform(T::context * head_width, 0.0, 0.0);  // tables that no reader uses
  return bytes;
}

/// Random ids as a .npy file.
inline std::string token_ids(int count) {
  std::string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (" + std::to_string(count) + ",), }";
  header.append(63 - (header.size() + 10) % 64, ' ') += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  sim::file::append(bytes, static_cast<std::uint16_t>(header.size()));
  bytes += header;
  std::mt19937 generator(67);
  for (int i = 0; i < count; ++i)
    sim::file::append(bytes, static_cast<std::int32_t>(generator() % static_cast<unsigned>(TinyLlama::vocabulary)));
  return bytes;
}

/// A folder with model.bin and ids.npy.
struct TinyFiles {
  sim::file::TemporaryFolder folder;
  SubjectFlags flags;

  explicit TinyFiles(int tokens = 90) {
    flags.model = folder / "model.bin";
    flags.token_ids = folder / "ids.npy";
    sim::file::write_file(flags.model, tiny_llama());
    sim::file::write_file(flags.token_ids, token_ids(tokens));
  }
};

}  // namespace octavo::experiments
