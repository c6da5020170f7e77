// What an error of a layer costs: for the choice of all layers' algorithms together.
//
// Errors of layers are independent of one another, and add up at the output as squares: sum (s_i e_i)^2, with e_i the
// error that an algorithm adds to a layer and s_i how much of it arrives at the output. The least time within a sum of
// squares is where each layer minimises its time plus the same price for its square (Lagrange); whoever sets the price
// makes it so that the sum fits.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace sinew::plan {

struct ErrorBudget {
  // s_i by the step's name; those that are not there have 1.
  std::unordered_map<std::string, double> sensitivities;
  double seconds_per_square = 0;  // the price, for one thread

  // Of an error of a layer, what arrives at the output.
  double Share(const std::string& step, double error) const {
    const auto it = sensitivities.find(step);
    return error * (it == sensitivities.end() ? 1.0 : it->second);
  }
  double Price(const std::string& step, double error) const {
    const double share = Share(step, error);
    return seconds_per_square * share * share;
  }
};

}  // namespace sinew::plan
