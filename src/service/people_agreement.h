// Judging compiled models by people: how well those that an artifact finds agree with what exact algorithms find.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "evaluate/agreement.h"
#include "media/inputs.h"
#include "service/evaluation.h"
#include "sinew/compiler.h"
#include "sinew/status.h"

namespace sinew::service {

// The double precision reference would take minutes a picture; exact algorithms differ from it by rounding in single
// precision alone.
class PeopleAgreement {
 public:
  // Compiles `graph` once more as `options` say, but exactly and for this processor, to a file beside `artifact` that
  // is removed again, and finds the people in the inputs at each of the resolutions. `find`: how. Errors: those of
  // compiling and finding people; kIo for a picture that cannot be read; kInvalidArgument where nobody is found.
  static Result<PeopleAgreement> Create(const std::filesystem::path& graph, const std::filesystem::path& artifact,
                                        const CompileOptions& options, std::vector<media::Input> inputs, int threads,
                                        const EvaluationOptions& find);

  // Of each of the resolutions, in their order. Errors: those of finding people; kIo for a picture that cannot be read.
  Result<std::vector<evaluate::Agreement>> Compare(const std::filesystem::path& artifact) const;

  // The least F1 of all resolutions.
  Result<double> Judge(const std::filesystem::path& artifact) const;

 private:
  PeopleAgreement() = default;
  Result<FoundPeople> Find(const std::filesystem::path& artifact, Resolution resolution, const char* label) const;

  std::vector<media::Input> inputs_;
  std::vector<Resolution> resolutions_;
  std::vector<FoundPeople> expected_;  // by resolution
  int threads_ = 1;
  EvaluationOptions find_;
  ModelCache models_;
};

}  // namespace sinew::service
