// Numbers as the protocol's binary tensors have them: little-endian, one after another.
#pragma once

#include <bit>
#include <string>

namespace sinew::server::oip {

static_assert(std::endian::native == std::endian::little, "tensors are little-endian, and are copied as they are");

template <class T>
void AppendBytes(const T& value, std::string* data) {
  data->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace sinew::server::oip
