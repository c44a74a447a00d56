// gzip by zlib: see gunzip.h.
#include "sim/text/gunzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <vector>

#include "messages/error.h"

namespace octavo::sim::text {
namespace {

class Inflater {
 public:
  Inflater() {
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1F\x8B"); }

std::string gunzip(std::string_view bytes, const std::string& where, std::uint64_t longest) {
  Inflater inflater;
  z_stream& stream = inflater.stream();
  std::string out;
  std::vector<char> block(1 << 16);
  int result = Z_OK;
  do {
    if (stream.avail_in == 0) {  // zlib counts in 32 bits
      const std::size_t next = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream.avail_in = static_cast<uInt>(next);
      bytes.remove_prefix(next);
    }
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    result = inflate(&stream, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result != Z_OK && result != Z_STREAM_END)
      throw Error(fmt::format("{}: is gzip, but damaged or cut short after {} bytes of text", where, out.size()));
    out.append(block.data(), block.size() - stream.avail_out);
    if (out.size() > longest)
      throw Error(fmt::format("{}: is gzip of more than {} bytes; decompress it, and give a part", where, longest));
    const bool more = stream.avail_in > 0 || !bytes.empty();
    if (result == Z_STREAM_END && more) result = inflateReset(&stream);  // the next member
  } while (result != Z_STREAM_END);
  return out;
}

}  // namespace octavo::sim::text
