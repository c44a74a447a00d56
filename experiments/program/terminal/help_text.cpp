// CLI11's formatter with lines that fit, and options without the names of C++ types and the limits of validators.
#include "experiments/program/terminal/help_text.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "experiments/printed/text_table.h"

namespace octavo::experiments::program {
namespace {

constexpr std::size_t kLeft = 24;  // where descriptions begin

/// `left` and beside it `text`; below it where `left` is long.
std::string entry(const std::string& left, const std::string& text) {
  std::string out = "  " + left;
  if (text.empty()) return out + '\n';
  out += out.size() + 2 > kLeft ? '\n' + std::string(kLeft, ' ') : std::string(kLeft - out.size(), ' ');
  for (const char c : printed::wrapped(text, printed::kWidth - kLeft)) {
    out += c;
    if (c == '\n') out += std::string(kLeft, ' ');
  }
  return out + '\n';
}

/// The lines of `text`, each wrapped; what goes on is set in.
std::string wrapped_lines(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += printed::wrapped(text.substr(begin, end - begin), printed::kWidth, 2) + '\n';
    begin = end + 1;
  }
  return out;
}

bool is_flag(const CLI::Option& option) { return option.get_type_size() == 0 || option.get_expected_min() == 0; }

class HelpText : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool positional) const override {
    return entry(make_option_name(option, positional) + (positional ? "" : make_option_opts(option)),
                 make_option_desc(option));
  }
  std::string make_subcommand(const CLI::App* command) const override {
    return entry(command->get_display_name(true), command->get_description());
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    if (is_flag(*option)) return "";
    return " " + option->get_type_name() + (option->get_required() ? ", needed" : "");
  }
  std::string make_description(const CLI::App* app) const override {
    return app->get_description().empty() ? "" : wrapped_lines(app->get_description());
  }
  std::string make_footer(const CLI::App* app) const override { return wrapped_lines(app->get_footer()); }
};

/// What stands for an option's value: N for whole numbers, X for others, else the last word of its name.
std::string value_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (type.starts_with("INT") || type.starts_with("UINT")) return "N";
  if (type.starts_with("FLOAT")) return "X";
  std::string name = option.get_lnames().empty() ? option.get_name() : option.get_lnames().front();
  name = name.substr(name.rfind('-') + 1);
  for (char& c : name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return name == "OUT" ? "FILE" : name;
}

/// Validators say what they take when it is wrong; before, the description does.
void plain_words(CLI::Option& option) {
  for (int i = 0;; ++i) {
    try {
      option.get_validator(i)->description("");
    } catch (const CLI::OptionNotFound&) {
      break;
    }
  }
  if (!is_flag(option)) option.type_name(value_of(option));
}

}  // namespace

void set_help_text(CLI::App& app) {
  app.formatter(std::make_shared<HelpText>());
  for (CLI::Option* option : app.get_options()) plain_words(*option);
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) set_help_text(*command);
}

}  // namespace octavo::experiments::program
