// What `sinew eval` prints for people.
#pragma once

#include <string>

#include "measure/documents/documents.h"

namespace sinew::cli {

// `name` and `reference` say what was compared: "thin.sinew 432x368, 25 taps, ...", or a file of results.
void PrintAgreement(const evaluate::Agreement& agreement, const std::string& name, const std::string& reference);
void PrintCoco(const documents::Evaluation& evaluation, const std::string& name);

}  // namespace sinew::cli
