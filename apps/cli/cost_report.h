// What `sinew cost` prints.
#pragma once

#include <vector>

#include "measure/price/cost.h"

namespace sinew::cli {

void PrintCosts(const std::vector<price::CostRow>& rows, const price::Requirements& wanted);
void PrintChoice(const std::vector<price::CostRow>& rows, const price::Choice& choice,
                 const price::Requirements& wanted);
// `choice` may be null: none was asked for.
void PrintCostsJson(const std::vector<price::CostRow>& rows, const price::Choice* choice,
                    const price::Requirements& wanted);

}  // namespace sinew::cli
