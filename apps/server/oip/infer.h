// Inference as the Open Inference Protocol (version 2) has it: named tensors in and out, whatever carries them.
//
// A model NAME takes one picture (BYTES, a file's bytes) and gives people; NAME.maps takes what the network takes
// (FP32, N x H x W x 3) and gives its first output's maps.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "serving/pose_service.h"

namespace sinew::server::oip {

struct Tensor {
  std::string name;
  std::string datatype;  // "FP32", "INT64", "BYTES"
  std::vector<int64_t> shape;
  // Little-endian values one after the other; of BYTES each with its length, 4 bytes, in front.
  std::string data;
};

using Parameters = std::map<std::string, std::string>;  // numbers and truth values as JSON writes them

struct InferRequest {
  std::string model, version, id;
  Parameters parameters;
  std::vector<Tensor> inputs;
  std::vector<std::string> outputs;  // the names that are wanted; empty: all
  serving::Clock::time_point deadline = serving::Clock::time_point::max();
  serving::CancelFlag cancelled;
};

struct InferResponse {
  std::optional<serving::Error> error;
  std::string model, version, id;
  std::vector<Tensor> outputs;
};

// `done` is called exactly once: here, or on a thread of the service's.
void Infer(serving::PoseService* service, InferRequest request, std::function<void(InferResponse)> done);

inline constexpr std::string_view kMapsSuffix = ".maps";

// "people.maps" -> "people"; the second: whether it was such a name.
std::pair<std::string, bool> SplitName(const std::string& name);

}  // namespace sinew::server::oip
