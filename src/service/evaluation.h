// How good the people are that a configuration finds: against those of another one, or by annotations.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "evaluate/agreement.h"
#include "measure/documents/documents.h"
#include "service/find_people.h"
#include "sinew/status.h"

namespace sinew::service {

// People to be judged: found by a configuration, or read from a file.
struct EvaluatedSide {
  Configuration configuration;
  // JSON lines of a run (.jsonl); of annotated pictures also COCO results (.json). Then the configuration is not looked
  // at.
  std::string results;
};

struct EvaluationOptions {
  evaluate::AgreementOptions agreement;
  // Finds people; FindPeople, with a progress that is shown, say. `label` names the side: "pictures", "reference".
  std::function<Result<FoundPeople>(const Configuration& configuration, const std::vector<media::Input>& inputs,
                                    const ModelCache& models, const std::string& label)>
      find_people = [](const Configuration& configuration, const std::vector<media::Input>& inputs,
                       const ModelCache& models,
                       const std::string&) { return FindPeople(configuration, inputs, models); };
};

struct EvaluationReport {
  documents::Evaluation evaluation;
  std::string name, reference_name;   // for people: "thin.sinew 432x368, 25 taps, ...", or a file of results
  std::vector<std::string> failures;  // why pictures or frames could not be judged
};

// Of the same pictures and frames. Errors: kInvalidArgument where the two sides' people are of different skeletons;
// kNotFound for a frame that one of them lacks; those of finding people and of reading results.
Result<EvaluationReport> EvaluateAgreement(const EvaluatedSide& found, const EvaluatedSide& reference,
                                           const std::vector<media::Input>& inputs, const ModelCache& models,
                                           const EvaluationOptions& options = {});

// By COCO's annotations. `pictures` is the folder of the annotated pictures, which a configuration needs.
Result<EvaluationReport> EvaluateAnnotated(const EvaluatedSide& found, const std::filesystem::path& annotations,
                                           const std::filesystem::path& pictures, const ModelCache& models,
                                           const EvaluationOptions& options = {});

}  // namespace sinew::service
