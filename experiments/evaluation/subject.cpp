// Opening what is to be evaluated.
#include "experiments/evaluation/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "experiments/store/provenance.h"
#include "messages/error.h"
#include "sim/model/gradients.h"
#include "sim/model/open/open.h"
#include "sim/text/read_text.h"
#include "sim/text/token_ids.h"

namespace octavo::experiments {
namespace {

void check(const SubjectFlags& flags) {
  if (flags.model.empty()) throw Error("no model; give --model FILE or FOLDER");
  if (flags.text.empty() == flags.token_ids.empty())
    throw Error(flags.text.empty() ? "no text; give --text FILE, or --token-ids FILE.npy"
                                   : "--text and --token-ids exclude each other; give one");
  if (flags.text.empty() && (!flags.field.empty() || flags.no_special))
    throw Error("--field and --no-special are about a text; token ids have neither");
  if (flags.context < 0 || flags.tokens < 0) throw Error("--context and --tokens must be positive");
  if (flags.batch < 1 || flags.batch > 4096) throw Error(fmt::format("--batch is {}; give 1 to 4096", flags.batch));
}

}  // namespace

std::unique_ptr<sim::text::Tokenizer> open_model_tokenizer(
    const std::filesystem::path& model, const std::filesystem::path& given, std::optional<sim::text::Vocabulary> own,
    const std::filesystem::path& beside, std::int64_t vocabulary_size, sim::text::SpecialTokens special) {
  if (!given.empty()) return sim::text::open_tokenizer(given, vocabulary_size, special);
  if (own) {
    own->special_as_text = special == sim::text::SpecialTokens::as_text;
    return sim::text::make_tokenizer(std::move(*own), model.string());
  }
  if (!beside.empty()) return sim::text::open_tokenizer(beside, vocabulary_size, special);
  throw Error(fmt::format("model {}: no tokenizer beside it; give --tokenizer FILE, or --token-ids in place of --text",
                          model.string()));
}

Subject open_subject(const SubjectFlags& flags) {
  check(flags);
  sim::model::ModelFile file = sim::model::open(flags.model);
  const sim::model::Config config = file.weights.config;
  const std::filesystem::path source = flags.text.empty() ? flags.token_ids : flags.text;

  Subject subject;
  subject.context = flags.context > 0 ? flags.context : std::min<std::int64_t>(config.context, 512);
  if (subject.context > config.context)
    throw Error(fmt::format("--context is {}; model {} has {} positions", flags.context, file.name, config.context));
  std::vector<sim::text::Document> documents;
  std::optional<std::int32_t> bos;
  if (flags.text.empty()) {
    documents = sim::text::read_token_ids(source, config.vocabulary);
    subject.header.text_bytes = std::filesystem::file_size(source);
    subject.header.text_sha256 = store::sha256_of_file(source);
  } else {
    std::string bytes = sim::text::read_source(source);
    subject.header.text_bytes = bytes.size();
    subject.header.text_sha256 = store::sha256(std::as_bytes(std::span(bytes)));
    sim::text::Texts texts = sim::text::parse_text(std::move(bytes), flags.field, source.string());
    const auto tokenizer = open_model_tokenizer(
        flags.model, flags.tokenizer, std::move(file.vocabulary), file.tokenizer_path, config.vocabulary,
        flags.no_special ? sim::text::SpecialTokens::as_text : sim::text::SpecialTokens::cut_out);
    documents = sim::text::encode_documents(*tokenizer, texts.documents);
    bos = tokenizer->bos();
    texts.notes.added_tokens = sim::text::count_added(*tokenizer, documents);
    texts.notes.second_bos = std::count_if(documents.begin(), documents.end(), [&](const sim::text::Document& ids) {
      return bos && !ids.empty() && ids.front() == *bos;
    });
    texts.notes.unused_tokens = std::max<std::int64_t>(0, tokenizer->size() - config.vocabulary);
    subject.header.text_notes = sim::text::to_string(texts.notes);
  }
  const std::int64_t most = flags.tokens > 0 ? flags.tokens : std::numeric_limits<std::int64_t>::max();
  const std::vector<sim::text::Window> windows =
      sim::text::evaluation_windows(documents, bos, subject.context, most, source.string());
  subject.tokens = sim::text::scored(windows);
  subject.micro_batches = sim::model::micro_batches(windows, flags.batch);

  store::Header& header = subject.header;
  header.model_name = file.name;
  header.model_bytes = file.size;
  header.model_header_sha256 = store::sha256(std::as_bytes(std::span(file.header)));
  header.model_family = config.family == sim::model::Family::gpt ? "gpt" : "llama";
  header.model_layers = config.layers;
  header.model_parameters = sim::model::parameter_count(file.weights);
  header.text_name = source.filename().string();
  header.context = subject.context;
  header.batch = flags.batch;
  header.tokens = subject.tokens;
  subject.notes = std::move(file.notes);
  subject.weights = std::make_shared<sim::model::Weights>(std::move(file.weights));
  return subject;
}

}  // namespace octavo::experiments
