// Messages of the protocol to tensors and back. For grpc_server.cc alone.
#pragma once

#include <chrono>
#include <cstring>

#include "base/error.h"
#include "inference.grpc.pb.h"
#include "oip/describe.h"
#include "oip/infer.h"

namespace sinew::server {

inline std::string ParameterText(const inference::InferParameter& parameter) {
  switch (parameter.parameter_choice_case()) {
    case inference::InferParameter::kBoolParam:
      return parameter.bool_param() ? "true" : "false";
    case inference::InferParameter::kInt64Param:
      return std::to_string(parameter.int64_param());
    case inference::InferParameter::kUint64Param:
      return std::to_string(parameter.uint64_param());
    case inference::InferParameter::kDoubleParam:
      return fmt::format("{}", parameter.double_param());
    default:
      return parameter.string_param();
  }
}

inline Status ReadContents(const inference::InferTensorContents& contents, oip::Tensor* tensor) {
  if (tensor->datatype == "FP32") {
    tensor->data.assign(reinterpret_cast<const char*>(contents.fp32_contents().data()),
                        static_cast<size_t>(contents.fp32_contents_size()) * sizeof(float));
    return Status();
  }
  if (tensor->datatype != "BYTES")
    return InvalidArgument("input \"{}\" is {}, which no model here takes", tensor->name, tensor->datatype);
  for (const std::string& bytes : contents.bytes_contents()) {
    const uint32_t size = static_cast<uint32_t>(bytes.size());
    tensor->data.append(reinterpret_cast<const char*>(&size), sizeof(size));
    tensor->data += bytes;
  }
  return Status();
}

inline Result<oip::InferRequest> ReadRequest(const inference::ModelInferRequest& message) {
  constexpr int kMaxTensors = 16;
  oip::InferRequest request;
  request.model = message.model_name();
  request.version = message.model_version();
  request.id = message.id();
  for (const auto& [name, parameter] : message.parameters()) request.parameters[name] = ParameterText(parameter);
  for (const auto& output : message.outputs()) request.outputs.push_back(output.name());
  if (message.inputs_size() > kMaxTensors)
    return InvalidArgument("{} inputs, at most {}", message.inputs_size(), kMaxTensors);
  const bool is_raw = message.raw_input_contents_size() > 0;
  if (is_raw && message.raw_input_contents_size() != message.inputs_size()) {
    return InvalidArgument("{} raw contents for {} inputs: each needs one", message.raw_input_contents_size(),
                           message.inputs_size());
  }
  for (int i = 0; i < message.inputs_size(); ++i) {
    const auto& input = message.inputs(i);
    oip::Tensor tensor{input.name(), input.datatype(), {input.shape().begin(), input.shape().end()}, ""};
    if (is_raw && input.has_contents())
      return InvalidArgument("input \"{}\" has contents beside raw contents: one or the other", input.name());
    if (is_raw)
      tensor.data = message.raw_input_contents(i);
    else
      SINEW_RETURN_IF_ERROR(ReadContents(input.contents(), &tensor));
    request.inputs.push_back(std::move(tensor));
  }
  return request;
}

inline void WriteResponse(oip::InferResponse response, inference::ModelInferResponse* message) {
  message->set_model_name(response.model);
  message->set_model_version(response.version);
  message->set_id(response.id);
  for (oip::Tensor& tensor : response.outputs) {
    auto* const output = message->add_outputs();
    output->set_name(tensor.name);
    output->set_datatype(tensor.datatype);
    output->mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
    *message->add_raw_output_contents() = std::move(tensor.data);
  }
}

}  // namespace sinew::server
