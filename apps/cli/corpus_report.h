// Plans for a corpus, printed.
#pragma once

#include <vector>

#include "measure/price/corpus_plan.h"

namespace sinew::cli {

void PrintPlans(const std::vector<price::CostRow>& rows, const std::vector<price::CorpusPlan>& plans,
                const price::CorpusOptions& options);
void PrintPlansJson(const std::vector<price::CostRow>& rows, const std::vector<price::CorpusPlan>& plans,
                    const price::CorpusOptions& options);

}  // namespace sinew::cli
