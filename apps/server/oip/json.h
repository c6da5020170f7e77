// Inference requests and responses as JSON, with tensors inside or, by the binary data extension, behind it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oip/infer.h"

namespace sinew::server::oip {

// Which outputs go behind the JSON.
struct BinaryOutputs {
  bool all = false;
  std::vector<std::string> names;
};

struct ParsedRequest {
  InferRequest request;
  BinaryOutputs binary;
};

// `json_size`: Inference-Header-Content-Length, where the request has it; 0 means that the body is nothing but the
// model's one picture. Errors name what is wrong in the body. BYTES in JSON are strings; with the input's parameter
// "content_type": "base64" they are decoded.
Result<ParsedRequest> ParseRequest(std::string_view body, std::optional<size_t> json_size);

struct WrittenResponse {
  std::string body;
  std::optional<size_t> json_size;  // where binary data follows
};
WrittenResponse WriteResponse(const InferResponse& response, const BinaryOutputs& binary);

}  // namespace sinew::server::oip
