// First what costs nothing, then FFmpeg.
#include "media/content.h"

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "base/remote.h"
#include "media/extension.h"
#include "media/images/format.h"
#include "media/video/jpeg_splitter.h"
#include "media/video/video.h"

namespace sinew::media {
namespace {

namespace fs = std::filesystem;

// Enough to tell text from what is none.
constexpr size_t kHeadBytes = 1024;

Result<std::string> ReadHead(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = IsRemote(path) ? fs::file_status(fs::file_type::regular) : fs::status(path, error);
  if (const std::string special = SpecialFileName(status); !special.empty()) return Unsupported("is {}", special);
  const Result<std::string> head = ReadFilePrefix(path, kHeadBytes);
  if (!head.ok()) return IoError("cannot be read");
  if (head->empty()) return Unsupported("is empty");
  return head;
}

// JPEG pictures one behind the other are a video, whose format has no signature of its own. A file that is called a
// picture is one all the same: cameras append previews and gain maps.
bool HoldsSeveralJpegs(const fs::path& path) {
  constexpr size_t kEnough = size_t{64} << 20;
  const Result<std::string> bytes = ReadFilePrefix(path, kEnough);
  if (!bytes.ok()) return false;
  JpegSplitter splitter;
  splitter.Append(*bytes);
  return splitter.Next() && (splitter.Next() || !splitter.unfinished().empty());
}

bool IsPicture(const fs::path& path, std::string_view head) {
  const std::optional<PictureFormat> format =
      SniffPicture({reinterpret_cast<const uint8_t*>(head.data()), std::min(head.size(), kSniffBytes)});
  return format && (format != PictureFormat::kJpeg || HasPictureExtension(path) || !HoldsSeveralJpegs(path));
}

}  // namespace

// In whatever encoding of 8 bits. The header of a YUV4MPEG2 file is text, and a bright picture behind it as well.
bool IsText(std::string_view head) {
  constexpr std::string_view kControls = "\t\n\v\f\r\x1b";
  return !head.starts_with("YUV4MPEG2 ") && std::all_of(head.begin(), head.end(), [kControls](char c) {
    return static_cast<uint8_t>(c) >= 0x20 ? c != 0x7f : kControls.find(c) != std::string_view::npos;
  });
}

Result<InputKind> SniffFile(const fs::path& path) {
  SINEW_ASSIGN_OR_RETURN(const std::string head, ReadHead(path));
  if (IsPicture(path, head)) return InputKind::kPicture;
  if (IsText(head)) return Unsupported("is text");
  const auto video = OpenVideo(path);
  if (video.ok()) return InputKind::kVideo;
  if (video.status().code() == StatusCode::kUnavailable)
    return Unsupported("is not a picture; whether it is a video, nothing here can tell");
  return Unsupported("is neither a picture nor a video");
}

Result<InputKind> SniffFileHead(const fs::path& path) {
  SINEW_ASSIGN_OR_RETURN(const std::string head, ReadHead(path));
  return IsPicture(path, head) ? InputKind::kPicture : InputKind::kVideo;
}

std::string SpecialFileName(const fs::file_status& status) {
  switch (status.type()) {
    case fs::file_type::fifo:
      return "a named pipe";
    case fs::file_type::socket:
      return "a socket";
    case fs::file_type::character:
    case fs::file_type::block:
      return "a device";
    case fs::file_type::directory:
      return "a folder";
    case fs::file_type::not_found:
      return "a link to nothing";
    default:
      return "";
  }
}

}  // namespace sinew::media
