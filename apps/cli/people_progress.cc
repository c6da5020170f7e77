// The service's call with signals and a bar.
#include "people_progress.h"

#include "interrupt.h"
#include "progress.h"

namespace sinew::cli {

Result<service::FoundPeople> FindPeopleWithProgress(const service::Configuration& configuration,
                                                    const std::vector<media::Input>& inputs,
                                                    const service::ModelCache& models, const std::string& label,
                                                    bool quiet) {
  Progress progress(label, 0, quiet ? ProgressForm::kNone : ProgressForm::kAuto);
  service::FindPeopleOptions options;
  options.stop = StopOnSignals();
  options.progress = [&](int64_t frames, int64_t expected, int64_t people) {
    progress.SetTotal(expected);
    progress.Update({frames, 0, people});
  };
  return FindPeople(configuration, inputs, models, options);
}

}  // namespace sinew::cli
