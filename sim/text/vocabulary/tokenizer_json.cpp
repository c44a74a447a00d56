// The vocabulary of a Hugging Face tokenizer.json: see tokenizer_json.h.
#include "sim/text/vocabulary/tokenizer_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "messages/error.h"
#include "sim/file/file_bytes.h"
#include "sim/text/bpe/byte_alphabet.h"
#include "sim/text/bpe/byte_token.h"
#include "sim/text/bpe/splitter.h"
#include "sim/text/vocabulary/token_list.h"

namespace octavo::sim::text {
namespace {

using nlohmann::json;

constexpr std::string_view kSpace = "\u2581";

/// A member that may be absent or null; json::exception if it has another type than `otherwise`.
template <class T>
T member(const json& object, const char* name, const T& otherwise) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? otherwise : found->get<T>();
}

/// A quotation from the file as part of a message: a bounded length, on one line.
std::string one_line(std::string_view text) {
  std::string line(text.substr(0, 200));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return line;
}

std::int64_t integer(const json& value) {
  if (!value.is_number_integer()) throw json::type_error::create(302, "an id is no integer", &value);
  return value.get<std::int64_t>();
}

std::string type_of(const json& part) { return member<std::string>(part, "type", "of no type"); }

/// A part of the file: nothing if absent or null, the list's elements if it is a Sequence, else itself.
std::vector<json> steps_of(const json& file, const char* part, const char* list) {
  const auto found = file.find(part);
  if (found == file.end() || found->is_null()) return {};
  if (type_of(*found) == "Sequence") return found->at(list).get<std::vector<json>>();
  return {*found};
}

class Reader {
 public:
  Reader(const json& file, const std::string& where) : file_(file), where_(where) {}

  Vocabulary read() {
    const json& model = file_.at("model");
    if (const std::string type = member<std::string>(model, "type", "BPE"); type != "BPE") refuse("model " + type);
    for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!member<std::string>(model, affix, "").empty()) refuse(affix);
    }
    if (member<double>(model, "dropout", 0.0) != 0.0) refuse("dropout");
    read_tokens(model);
    read_merges(model);
    if (member(model, "byte_fallback", false)) {
      read_sentencepiece(model);
    } else {
      read_byte_level(model);
    }
    read_post_processor();
    return std::move(vocabulary_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(
        fmt::format("{}: {} is not supported: Octavo reads byte-level BPE as GPT-2, SmolLM2 and Llama 3 have it and "
                    "Llama 2's BPE with byte fallback",
                    where_, one_line(what)));
  }

  void read_tokens(const json& model) {
    read_token_object(model.at("vocab"), where_, vocabulary_);
    if (const auto found = file_.find("added_tokens"); found != file_.end() && !found->is_null()) {
      std::vector<AddedToken> added;
      for (const json& token : found->get_ref<const json::array_t&>())
        added.push_back(added_token(token, integer(token.at("id"))));
      std::stable_sort(added.begin(), added.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
      note_other_ids(model.at("vocab"), added);
      add_tokens(added, where_, vocabulary_);
    }
  }

  /// The library numbers the tokens that the vocabulary lacks on from the vocabulary's size, whatever their ids are.
  static void note_other_ids(const json& vocabulary, std::vector<AddedToken>& added) {
    auto next = static_cast<std::int32_t>(vocabulary.size());
    for (std::size_t i = 0; i < added.size(); ++i) {
      if (added[i].content.empty() || vocabulary.contains(added[i].content)) continue;
      if (i > 0 && added[i].content == added[i - 1].content) {
        added[i].other_id = added[i - 1].other_id;
        continue;
      }
      if (added[i].id != next) added[i].other_id = next;
      ++next;
    }
  }

  /// Each merge is "left right" or, in newer files, ["left", "right"].
  void read_merges(const json& model) {
    for (const json& merge : model.at("merges").get_ref<const json::array_t&>()) {
      vocabulary_.merges.push_back(merge.is_string() ? merge_sides(merge.get_ref<const std::string&>(), where_)
                                                     : merge.get<std::pair<std::string, std::string>>());
    }
  }

  void read_byte_level(const json& model) {
    vocabulary_.algorithm = Algorithm::byte_level_bpe;
    vocabulary_.ignore_merges = member(model, "ignore_merges", false);
    if (const auto steps = steps_of(file_, "normalizer", "normalizers"); !steps.empty()) {
      refuse("normalizer " + type_of(steps.front()));
    }
    const std::vector<json> steps = steps_of(file_, "pre_tokenizer", "pretokenizers");
    if (steps.empty()) refuse("a BPE with neither a pre-tokenizer nor byte_fallback");
    const json& last = steps.back();
    if (type_of(last) != "ByteLevel") refuse("pre-tokenizer " + type_of(last));
    if (member(last, "add_prefix_space", true)) refuse("ByteLevel with add_prefix_space");
    const bool own_regex = member(last, "use_regex", true);
    if (steps.size() == 1 && own_regex) {
      vocabulary_.split = Split::gpt2;
    } else if (steps.size() == 2 && type_of(steps[0]) == "Digits" && own_regex) {
      if (!member(steps[0], "individual_digits", false)) refuse("Digits without individual_digits");
      vocabulary_.split = Split::smollm;
    } else if (steps.size() == 2 && type_of(steps[0]) == "Split" && !own_regex) {
      vocabulary_.split = split_of(steps[0]);
    } else {
      refuse("pre-tokenizer " + (steps.size() == 1 ? "ByteLevel without use_regex" : type_of(steps.front())));
    }
    read_unknown(model, TokenType::control);
    if (vocabulary_.unknown && !has_all_bytes()) refuse("an unknown token in a byte-level vocabulary that lacks bytes");
  }

  Split split_of(const json& step) const {
    const std::string regex = member<std::string>(step.at("pattern"), "Regex", "");
    if (member<std::string>(step, "behavior", "") != "Isolated" || member(step, "invert", false)) {
      refuse("Split that does not isolate its matches");
    }
    if (regex == kLlama3Regex) return Split::llama3;
    if (regex == kGpt2Regex) return Split::gpt2;
    refuse(fmt::format("Split by {:?}", regex));
  }

  bool has_all_bytes() const {
    std::vector<std::string> tokens = vocabulary_.tokens;
    std::sort(tokens.begin(), tokens.end());
    return std::all_of(kByteAlphabet.begin(), kByteAlphabet.end(), [&](char16_t code) {
      std::string token;
      append_character(token, code);
      return std::binary_search(tokens.begin(), tokens.end(), token);
    });
  }

  void read_sentencepiece(const json& model) {
    vocabulary_.algorithm = Algorithm::sentencepiece_bpe;
    if (member(model, "ignore_merges", false)) refuse("byte_fallback with ignore_merges");
    bool escaped = false;
    for (const json& step : steps_of(file_, "normalizer", "normalizers")) {
      if (type_of(step) == "Prepend" && !escaped && step.at("prepend") == kSpace && !vocabulary_.add_space_prefix) {
        vocabulary_.add_space_prefix = true;
      } else if (type_of(step) == "Replace" && !escaped && step.at("content") == kSpace &&
                 member<std::string>(step.at("pattern"), "String", "") == " ") {
        escaped = true;
      } else {
        refuse("normalizer " + type_of(step));
      }
    }
    for (const json& step : steps_of(file_, "pre_tokenizer", "pretokenizers")) {
      if (escaped || type_of(step) != "Metaspace") refuse("pre-tokenizer " + type_of(step));
      read_metaspace(step);
      escaped = true;
    }
    if (!escaped) refuse("byte_fallback without U+2581 in place of spaces");
    for (std::size_t id = 0; id < vocabulary_.tokens.size(); ++id) {
      if (vocabulary_.types[id] == TokenType::normal && byte_of_token(vocabulary_.tokens[id]))
        vocabulary_.types[id] = TokenType::byte;
    }
    normalize_added();
    read_unknown(model, TokenType::unknown);
  }

  /// A normalizer works on the contents of `normalized` tokens as it does on texts; a pre-tokenizer does not.
  void normalize_added() {
    if (vocabulary_.normalizes_late) return;
    for (AddedToken& token : vocabulary_.added) {
      if (!token.normalized) continue;
      std::string content(vocabulary_.add_space_prefix ? kSpace : "");
      for (const char c : token.content) content += c == ' ' ? std::string(kSpace) : std::string(1, c);
      token.content = std::move(content);
    }
  }

  void read_metaspace(const json& step) {
    if (step.at("replacement") != kSpace) refuse("Metaspace with another replacement");
    if (member(step, "split", true)) refuse("Metaspace that splits");
    const std::string scheme = member<std::string>(step, "prepend_scheme", "always");
    if (scheme != "always" && scheme != "first" && scheme != "never") refuse("prepend_scheme " + scheme);
    vocabulary_.add_space_prefix = scheme != "never" && member(step, "add_prefix_space", true);
    vocabulary_.prefix_only_without_space = vocabulary_.add_space_prefix;
    vocabulary_.prefix_first_only = scheme == "first";
    vocabulary_.normalizes_late = true;
  }

  void read_unknown(const json& model, TokenType type) {
    const std::string token = member<std::string>(model, "unk_token", "");
    const auto found = std::find(vocabulary_.tokens.begin(), vocabulary_.tokens.end(), token);
    if (token.empty() || found == vocabulary_.tokens.end()) return;
    const auto index = static_cast<std::size_t>(found - vocabulary_.tokens.begin());
    vocabulary_.unknown = static_cast<std::int32_t>(index);
    vocabulary_.types[index] = type;
  }

  /// BOS is the special token before the text in the template for one text, EOS the one after it.
  void read_post_processor() {
    for (const json& step : steps_of(file_, "post_processor", "processors")) {
      if (type_of(step) == "ByteLevel") continue;
      if (type_of(step) != "TemplateProcessing") refuse("post-processor " + type_of(step));
      bool after = false;
      for (const json& part : step.at("single").get_ref<const json::array_t&>()) {
        if (!part.contains("SpecialToken")) {
          if (after) refuse("a template that takes the text twice");
          after = true;
          continue;
        }
        bool& puts = after ? vocabulary_.add_eos : vocabulary_.add_bos;
        if (puts) refuse("a template with several tokens on one side of the text");
        puts = true;
        (after ? vocabulary_.eos : vocabulary_.bos) = template_token(step, part, after ? "end" : "begin");
      }
    }
  }

  std::int32_t template_token(const json& step, const json& part, std::string_view place) const {
    const json& token = step.at("special_tokens").at(part.at("SpecialToken").at("id").get<std::string>());
    const json& ids = token.at("ids");
    if (ids.size() != 1) refuse("a special token of no or several ids");
    const std::int64_t id = integer(ids.at(0));
    if (id < 0 || std::cmp_greater_equal(id, vocabulary_.tokens.size())) {
      throw Error(fmt::format("{}: texts {} with token {}, but there are {} tokens", where_, place, id,
                              vocabulary_.tokens.size()));
    }
    return static_cast<std::int32_t>(id);
  }

  const json& file_;
  const std::string& where_;
  Vocabulary vocabulary_;
};

}  // namespace

Vocabulary parse_tokenizer_json(std::string_view bytes, const std::string& where) {
  try {
    const json file = json::parse(bytes);
    return Reader(file, where).read();
  } catch (const json::exception& failure) {
    throw Error(fmt::format("{}: is no tokenizer.json as Hugging Face writes it: {}", where, one_line(failure.what())));
  }
}

Vocabulary read_tokenizer_json(const std::filesystem::path& path) {
  return parse_tokenizer_json(file::file_bytes(path), path.string());
}

}  // namespace octavo::sim::text
