// A file of a store, or behind an address, as a source of bytes that can seek.
#pragma once

#include <memory>
#include <string>

#include "media/byte_source.h"
#include "media/stop.h"

namespace sinew::media {

// Asks for its size at once. Errors name the URL.
Result<std::unique_ptr<ByteSource>> OpenRemoteSource(const std::string& url, const StopCheck& stop);

}  // namespace sinew::media
