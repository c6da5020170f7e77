// Finding people with a progress bar, ended by Ctrl-C: for commands that compare.
#pragma once

#include <string>
#include <vector>

#include "service/find_people.h"

namespace sinew::cli {

// `label` stands before the bar. kCancelled where the user interrupted it.
Result<service::FoundPeople> FindPeopleWithProgress(const service::Configuration& configuration,
                                                    const std::vector<media::Input>& inputs,
                                                    const service::ModelCache& models, const std::string& label,
                                                    bool quiet);

}  // namespace sinew::cli
