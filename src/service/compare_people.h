// Agreement of two configurations on the same pictures and frames.
#pragma once

#include <string>
#include <vector>

#include "evaluate/agreement.h"
#include "results/record.h"
#include "sinew/model_description.h"

namespace sinew::service {

struct Comparison {
  evaluate::Agreement agreement;
  std::vector<std::string> failed;  // why frames could not be compared: the errors of their records
};

// Frames are those of `expected`; each must have a record of the same source and number in `found` (kNotFound names the
// first that has none, `found_name` being what lacks it). The people of both are of the skeleton.
Result<Comparison> ComparePeople(const std::vector<results::Record>& expected,
                                 const std::vector<results::Record>& found, const std::string& found_name,
                                 const evaluate::AgreementOptions& options,
                                 const Skeleton& skeleton = Coco18Skeleton());

}  // namespace sinew::service
