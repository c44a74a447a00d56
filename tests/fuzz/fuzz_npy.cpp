// Feeds arbitrary bytes to the reader of .npy files: the header, and every value of what it accepts.
#include <cmath>

#include "sim/file/npy.h"
#include "tests/fuzz/seeded.h"
#include "tests/sim/file/file_bytes.h"

namespace file = octavo::sim::file;

namespace {

std::string seed(const std::string& dictionary, std::size_t data) {
  std::string bytes("\x93NUMPY\x01\x00", 8);
  const std::size_t padded = (dictionary.size() + 10 + 64) / 64 * 64 - 10;
  bytes += static_cast<char>(padded % 256);
  bytes += static_cast<char>(padded / 256);
  bytes += dictionary + std::string(padded - dictionary.size() - 1, ' ') + '\n';
  return bytes + std::string(data, '\x3C');
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned random) {
  static const std::vector<std::string> seeds{seed("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 24),
                                              seed("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", 8),
                                              seed("{'descr': '<f2', 'fortran_order': False, 'shape': (5,), }", 10),
                                              seed("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 7), }", 0),
                                              seed("{'descr': '<V2', 'fortran_order': False, 'shape': (3,), }", 6),
                                              seed("{'descr': '<f1', 'fortran_order': False, 'shape': (4, 2), }", 8),
                                              seed("{'descr': '|V1', 'fortran_order': False, 'shape': (2,), }", 2),
                                              seed("{'descr': [('a', '<f4'), ('b', [('c', '<V2')])], "
                                                   "'fortran_order': False, 'shape': (1,), }",
                                                   6)};
  return octavo::fuzz::mutate_or_seed(data, size, max_size, random, seeds);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  octavo::fuzz::expect_result_or_error([&] {
    const file::Npy file(file::in_memory({reinterpret_cast<const char*>(data), size}));
    for (const file::TensorInfo& info : file.tensors()) {
      if (file.stored(info.name).size() != info.end - info.begin) std::abort();
      double sum = 0.0;
      bool loaded = false;
      octavo::fuzz::expect_result_or_error([&] {
        for (const float value : file.load(info.name).values) sum += std::fabs(value);
        loaded = true;
      });
      if (sum < 0.0 || loaded != file.loads(info)) std::abort();  // reads every value, and those that it says it reads
    }
  });
  return 0;
}
