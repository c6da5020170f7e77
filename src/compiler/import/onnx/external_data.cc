// Paths and ranges from a hostile model, checked.
#include "compiler/import/onnx/external_data.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/printable.h"

namespace sinew::onnx_import {
namespace {

namespace fs = std::filesystem;

// Where the file lies, once links are followed; it must be below the folder.
Result<fs::path> PathBelow(const fs::path& folder, const std::string& location) {
  const fs::path path(location);
  bool climbs = path.empty() || path.is_absolute();
  for (const fs::path& part : path) climbs = climbs || part == "..";
  const auto outside = [&] {
    return InvalidArgument("its external data lies in \"{}\"; a file in the model's own folder is needed",
                           Printable(location));
  };
  if (climbs || location.find('\0') != std::string::npos) return outside();
  std::error_code error;
  const fs::path base = fs::canonical(folder, error);
  if (error) return IoError("{}: {}", folder.string(), error.message());
  fs::path real = fs::canonical(base / path, error);
  if (error) {
    return NotFound("its external data \"{}\" is not in {}: copy it there beside the model", Printable(location),
                    folder.string());
  }
  const auto [at, rest] = std::mismatch(base.begin(), base.end(), real.begin(), real.end());
  if (at != base.end()) return outside();
  return real;
}

}  // namespace

Result<std::string_view> ExternalData::Read(const std::string& location, int64_t offset, int64_t size) {
  if (folder_.empty()) return Unsupported("its external data cannot be read without a file");
  auto file = files_.find(location);
  if (file == files_.end()) {
    SINEW_ASSIGN_OR_RETURN(const fs::path path, PathBelow(folder_, location));
    SINEW_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::Open(path));
    file = files_.emplace(location, std::move(mapped)).first;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(file->second.bytes().data()), file->second.bytes().size());
  const int64_t available = static_cast<int64_t>(bytes.size());
  if (offset < 0 || offset > available || size > available - offset) {
    return Corrupt("its external data is {} bytes at {} of \"{}\", which has {}", size, offset, Printable(location),
                   available);
  }
  return bytes.substr(static_cast<size_t>(offset), size < 0 ? std::string_view::npos : static_cast<size_t>(size));
}

}  // namespace sinew::onnx_import
