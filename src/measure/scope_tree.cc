// Insertion by the parts of a name, totals on the way, then order and joining.
#include "measure/scope_tree.h"

#include <algorithm>
#include <string_view>

namespace sinew::measure {
namespace {

Scope& FindOrAddChild(Scope* scope, std::string_view name) {
  for (Scope& child : scope->children) {
    if (child.name == name) return child;
  }
  scope->children.push_back({.name = std::string(name)});
  return scope->children.back();
}

void Add(const StepProfile& step, Scope* scope) {
  ++scope->steps;
  scope->seconds += step.seconds.mean;
  scope->direct_multiply_adds += step.direct_multiply_adds;
  scope->multiply_adds += step.multiply_adds;
  scope->output_bytes += step.figures.output_bytes;
  scope->weight_bytes += step.figures.weight_bytes;
  scope->parameters += step.figures.parameters;
}

void Arrange(Scope* scope, bool is_root) {
  // All steps of a scope with one child are that child's, unless a step has the scope's own name.
  while (!is_root && scope->children.size() == 1 && scope->children[0].steps == scope->steps) {
    Scope child = std::move(scope->children[0]);
    scope->name += "/" + child.name;
    scope->children = std::move(child.children);
  }
  std::stable_sort(scope->children.begin(), scope->children.end(),
                   [](const Scope& a, const Scope& b) { return a.seconds > b.seconds; });
  for (Scope& child : scope->children) Arrange(&child, false);
}

}  // namespace

Scope ScopeTree(const std::vector<StepProfile>& steps) {
  Scope root;
  for (const StepProfile& step : steps) {
    Scope* scope = &root;
    Add(step, scope);
    for (std::string_view rest = step.name; !rest.empty();) {
      const size_t slash = rest.find('/');
      scope = &FindOrAddChild(scope, rest.substr(0, slash));
      Add(step, scope);
      rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    }
  }
  Arrange(&root, true);
  return root;
}

}  // namespace sinew::measure
