// A model continues a text under a recipe.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scaling/recipe/recipe.h"
#include "sim/model/generate.h"

namespace octavo::experiments {

struct GenerationFlags {
  std::filesystem::path model;
  std::filesystem::path tokenizer;  ///< empty: the model's own
  std::string prompt;
  std::int64_t tokens = 200;  ///< new ones, at most
  sim::model::Sampling sampling;
};

struct Generation {
  std::string model;   ///< base name
  std::string engine;  ///< its description
  std::string prompt;
  std::string text;  ///< the prompt and its continuation, as the tokenizer spells them
  std::int64_t prompt_tokens = 0;
  std::int64_t tokens = 0;   ///< new ones, the one that ends the text included
  std::int64_t context = 0;  ///< positions of the model
  sim::model::Sampling sampling;
  std::vector<std::string> notes;  ///< of opening the model, a line each
  sim::model::Continuation::End end = sim::model::Continuation::End::count;
};

/// Continues the prompt until --tokens are there, the context is full, or the tokenizer's token for the end of a text
/// (or for the beginning of the next one) comes. Throws Error, for an empty prompt too if the tokenizer puts no token
/// before a text.
Generation generate(const GenerationFlags& flags, const scaling::Recipe& recipe);

/// The text and nothing else.
std::string generation_text(const Generation& generation);
std::string generation_json(const Generation& generation, const std::string& recipe_name);

}  // namespace octavo::experiments
