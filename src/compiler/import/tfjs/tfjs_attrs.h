// Attribute values of NodeDefs as protobuf's JSON mapping writes them: bytes in base64, 64-bit integers as strings.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "compiler/import/tensorflow/tf_model.h"
#include "sinew/status.h"

namespace sinew::import {

// None for a value that is empty or of a kind the importer never reads.
Result<std::optional<TfAttr>> ReadJsonAttr(const nlohmann::json& value);

// "DT_FLOAT" or 1.
Result<TfType> ReadJsonType(const nlohmann::json& value);

}  // namespace sinew::import
