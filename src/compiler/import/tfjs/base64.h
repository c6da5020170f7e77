// Base64 (RFC 4648), as JSON files carry bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sinew::import {

// Takes the standard and the URL alphabet, with or without padding. None for anything else.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace sinew::import
