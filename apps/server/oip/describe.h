// What the server and its models say of themselves in the Open Inference Protocol.
#pragma once

#include <string>
#include <vector>

#include "serving/pose_service.h"

namespace sinew::server::oip {

struct TensorMetadata {
  std::string name, datatype;
  std::vector<int64_t> shape;  // -1: any
};

struct ModelMetadata {
  std::string name;
  std::vector<std::string> versions;
  std::string platform;
  std::vector<TensorMetadata> inputs, outputs;
};

inline constexpr const char* kServerName = "sinew";
// What of the protocol's extensions is there.
std::vector<std::string> Extensions();

// Of NAME or NAME.maps. kNotFound where it is not served or not loaded.
Result<ModelMetadata> DescribeModel(const serving::PoseService& service, const std::string& name,
                                    const std::string& version);

// Both names of each model.
struct RepositoryEntry {
  std::string name, version, state, reason;  // state: "READY" or "UNAVAILABLE"
};
std::vector<RepositoryEntry> Repository(const serving::PoseService& service, bool ready_only);

}  // namespace sinew::server::oip
