// People of an artifact beside those of exact algorithms.
#include "service/people_agreement.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/scratch_file.h"
#include "service/compare_people.h"

namespace sinew::service {

Result<PeopleAgreement> PeopleAgreement::Create(const std::filesystem::path& graph,
                                                const std::filesystem::path& artifact, const CompileOptions& options,
                                                std::vector<media::Input> inputs, int threads,
                                                const EvaluationOptions& find) {
  PeopleAgreement agreement;
  agreement.inputs_ = std::move(inputs);
  agreement.resolutions_ = options.resolutions;
  agreement.threads_ = threads;
  agreement.find_ = find;
  SINEW_ASSIGN_OR_RETURN(ScratchFile exact, ScratchFile::CreateBeside(artifact));
  CompileOptions compile = options;
  compile.exact = true;
  compile.precision = Precision::kFp32;
  compile.max_error = DefaultMaxError(compile.precision);
  compile.targets.clear();
  compile.calibration = nullptr;
  compile.agreement = nullptr;
  compile.artifact_name = artifact;
  compile.log = nullptr;
  compile.dump_ir.clear();
  SINEW_RETURN_IF_ERROR(Compile(graph, exact.path(), compile).status());
  SINEW_RETURN_IF_ERROR(exact.Hold());
  int64_t people = 0;
  for (const Resolution resolution : agreement.resolutions_) {
    SINEW_ASSIGN_OR_RETURN(FoundPeople found, agreement.Find(exact.path(), resolution, "reference"));
    for (const results::Record& record : found.records) {
      if (!record.error.empty()) return IoError("{}", record.error);
      people += static_cast<int64_t>(record.people.size());
    }
    agreement.expected_.push_back(std::move(found));
  }
  if (people == 0) {
    return InvalidArgument("nobody was found in the {} pictures of --images: they cannot tell",
                           agreement.expected_.empty() ? 0 : agreement.expected_[0].records.size());
  }
  return agreement;
}

Result<FoundPeople> PeopleAgreement::Find(const std::filesystem::path& artifact, Resolution resolution,
                                          const char* label) const {
  Configuration configuration;
  configuration.model = artifact.string();
  configuration.analysis.resolution = resolution;
  configuration.analysis.threads = threads_;
  return find_.find_people(configuration, inputs_, models_, label);
}

Result<std::vector<evaluate::Agreement>> PeopleAgreement::Compare(const std::filesystem::path& artifact) const {
  std::vector<evaluate::Agreement> agreements;
  for (size_t i = 0; i < resolutions_.size(); ++i) {
    SINEW_ASSIGN_OR_RETURN(const FoundPeople found, Find(artifact, resolutions_[i], "pictures"));
    SINEW_ASSIGN_OR_RETURN(
        const Comparison comparison,
        ComparePeople(expected_[i].records, found.records, artifact.string(), find_.agreement, expected_[i].skeleton));
    // A verification on less than what was asked for is none.
    if (!comparison.failed.empty()) return IoError("{}", comparison.failed[0]);
    agreements.push_back(comparison.agreement);
  }
  return agreements;
}

Result<double> PeopleAgreement::Judge(const std::filesystem::path& artifact) const {
  SINEW_ASSIGN_OR_RETURN(const std::vector<evaluate::Agreement> agreements, Compare(artifact));
  double least = 1;
  for (const evaluate::Agreement& agreement : agreements) least = std::min(least, agreement.f1);
  return least;
}

}  // namespace sinew::service
