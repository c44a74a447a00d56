// Enums inside, words in files and on the command line: between the two.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "messages/error.h"
#include "messages/printable.h"
#include "messages/suggestion.h"

namespace octavo::experiments::store {

/// The words of an enum, in the order of its values. An enum gets its words by specialising this.
template <class E>
inline constexpr std::array<std::string_view, 0> kWords{};

/// An enum that has words.
template <class E>
concept Worded = std::is_enum_v<E> && std::tuple_size_v<std::remove_const_t<decltype(kWords<E>)>> >
0;

template <Worded E>
std::string_view word(E value) {
  return kWords<E>[static_cast<std::size_t>(value)];
}

/// All words, in that order.
template <Worded E>
std::vector<std::string> words() {
  return {kWords<E>.begin(), kWords<E>.end()};
}

/// The value of a word. Throws Error, naming `where` and near words, for any other.
template <Worded E>
E from_word(std::string_view text, const std::string& where) {
  for (std::size_t i = 0; i < kWords<E>.size(); ++i)
    if (kWords<E>[i] == text) return static_cast<E>(i);
  throw Error(fmt::format("{}: it is {}; {}", where, messages::printable(text), messages::suggestion(text, kWords<E>)));
}

}  // namespace octavo::experiments::store
