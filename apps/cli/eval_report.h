// What `sinew eval` prints.
#pragma once

#include <cstdint>
#include <string>

#include "evaluate/agreement.h"
#include "evaluate/coco_eval.h"
#include "sinew/decode_options.h"
#include "sinew/model.h"

namespace sinew::cli {

// One side of a comparison: a model and how it was applied, or a file of results.
struct EvaluatedSide {
  std::string name;     // for people: "thin.sinew 432x368, 25 taps, ..."
  std::string results;  // the file; empty: a model
  std::string model, target;
  uint64_t model_xxh3 = 0;
  Resolution resolution;
  DecodeOptions decode;
  std::string resize_mode;
};

void PrintAgreement(const evaluate::Agreement& agreement, const EvaluatedSide& side, const EvaluatedSide& reference);
void PrintAgreementJson(const evaluate::Agreement& agreement, const EvaluatedSide& side, const EvaluatedSide& reference,
                        size_t failed);
void PrintCoco(const evaluate::CocoFigures& figures, const EvaluatedSide& side, size_t pictures, size_t people);
void PrintCocoJson(const evaluate::CocoFigures& figures, const EvaluatedSide& side, size_t pictures, size_t people,
                   size_t failed);

}  // namespace sinew::cli
