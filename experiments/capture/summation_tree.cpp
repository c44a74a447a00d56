// Discovering and describing summation trees.
#include "experiments/capture/summation_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "messages/error.h"

namespace octavo::experiments::capture {
namespace {

int first_term(const SummationTree& tree) {
  return tree.children.empty() ? tree.term : first_term(tree.children.front());
}

class Discovery {
 public:
  Discovery(int terms, const Ask& ask) : terms_(terms), ask_(ask) {}

  /// The subtree of `members`, which are all leaves of one node, ascending.
  SummationTree tree(const std::vector<int>& members) {
    const int first = members.front();
    std::map<int, std::vector<int>> by_size;  // of the node where a member meets the first
    const std::vector<int> others(members.begin() + 1, members.end());
    const std::vector<int> sizes = node_sizes(first, others);
    for (std::size_t i = 0; i < others.size(); ++i) by_size[sizes[i]].push_back(others[i]);
    SummationTree current{.term = first, .children = {}};
    for (const auto& [size, met] : by_size) {
      SummationTree node;
      node.children.push_back(std::move(current));
      for (const std::vector<int>& child : children_below(met, size)) node.children.push_back(tree(child));
      std::ranges::sort(node.children, {}, first_term);
      if (node.size() != size)
        throw Error(fmt::format("the answers belong to no summation tree: a node of {} terms was to have {}",
                                node.size(), size));
      current = std::move(node);
    }
    return current;
  }

 private:
  /// Leaves of the node where `term` meets each of the others.
  std::vector<int> node_sizes(int term, const std::vector<int>& others) {
    std::vector<TreeProbe> probes;
    for (const int other : others) probes.push_back({term, other});
    std::vector<int> sizes = probes.empty() ? std::vector<int>{} : ask_(probes);
    for (int& size : sizes) {
      if (size < 0 || size > terms_ - 2)
        throw Error("the answers belong to no summation tree: a result is no count of units");
      size = terms_ - size;
    }
    return sizes;
  }

  /// The members divided into those that meet each other below a node of that size.
  std::vector<std::vector<int>> children_below(std::vector<int> members, int size) {
    std::vector<std::vector<int>> children;
    while (!members.empty()) {
      const std::vector<int> others(members.begin() + 1, members.end());
      const std::vector<int> sizes = node_sizes(members.front(), others);
      std::vector<int> child{members.front()};
      std::vector<int> rest;
      for (std::size_t i = 0; i < others.size(); ++i) (sizes[i] < size ? child : rest).push_back(others[i]);
      children.push_back(std::move(child));
      members = std::move(rest);
    }
    return children;
  }

  int terms_;
  const Ask& ask_;
};

/// "3 x D" for neighbours that read the same.
std::string repeated(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size();) {
    std::size_t end = i;
    while (end < parts.size() && parts[end] == parts[i]) ++end;
    text += text.empty() ? "" : ", ";
    text += end - i > 1 ? fmt::format("{} x {}", end - i, parts[i]) : parts[i];
    i = end;
  }
  return text;
}

bool is_leaf(const SummationTree& tree) { return tree.children.empty(); }

std::size_t inner_children(const SummationTree& tree) {
  return tree.children.size() - static_cast<std::size_t>(std::ranges::count_if(tree.children, is_leaf));
}

/// The steps of a chain, last first: a step adds leaves to at most one inner node.
std::string describe_chain(const SummationTree& tree) {
  std::vector<std::string> steps;
  const SummationTree* node = &tree;
  std::string start;
  while (true) {
    steps.push_back(std::to_string(std::ranges::count_if(node->children, is_leaf)));
    const auto inner = std::ranges::find_if_not(node->children, is_leaf);
    if (inner == node->children.end()) break;
    if (inner_children(*inner) > 1) {
      start = " after (" + describe(*inner) + ")";
      break;
    }
    node = &*inner;
  }
  std::ranges::reverse(steps);
  return (steps.size() == 1 ? "one step of " : "chain of ") + repeated(steps) + start;
}

/// Additions of two inner nodes, the left one unrolled.
std::string describe_sum(const SummationTree& tree) {
  std::vector<std::string> parts;
  const SummationTree* node = &tree;
  while (!is_leaf(*node) && inner_children(*node) == node->children.size()) {
    for (std::size_t i = node->children.size() - 1; i >= 1; --i)
      parts.push_back("(" + describe(node->children[i]) + ")");
    node = &node->children.front();
  }
  parts.push_back("(" + describe(*node) + ")");
  std::ranges::reverse(parts);
  return "sum of " + repeated(parts);
}

}  // namespace

int SummationTree::size() const {
  if (children.empty()) return 1;
  int size = 0;
  for (const SummationTree& child : children) size += child.size();
  return size;
}

SummationTree discover_tree(int terms, const Ask& ask) {
  std::vector<int> members;
  for (int i = 0; i < terms; ++i) members.push_back(i);
  return Discovery(terms, ask).tree(members);
}

std::string describe(const SummationTree& tree) {
  if (is_leaf(tree)) return fmt::format("term {}", tree.term);
  const std::size_t inner = inner_children(tree);
  if (inner <= 1 && inner < tree.children.size()) return describe_chain(tree);
  if (inner == tree.children.size()) return describe_sum(tree);
  std::vector<std::string> parts;
  for (const SummationTree& child : tree.children)
    if (!is_leaf(child)) parts.push_back("(" + describe(child) + ")");
  return fmt::format("{} terms with {}", tree.children.size() - inner, repeated(parts));
}

}  // namespace octavo::experiments::capture
