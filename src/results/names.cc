// Names by source, and the three ways in which two of them can be the same.
#include "results/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace sinew::results {
namespace {

// 255 bytes, less the longest suffixes: "_000000000012", "_pose_heatmaps.npy", ".tmp-XXXXXX" and a number for a double.
constexpr size_t kMaxStemBytes = 200;
constexpr size_t kFrameDigits = 12;

// "walk" of "walk_000000000012"; empty for names of another form.
std::string_view BeforeFrameNumber(std::string_view name) {
  if (name.size() <= kFrameDigits + 1) return {};
  const std::string_view digits = name.substr(name.size() - kFrameDigits);
  const bool framelike =
      name[name.size() - kFrameDigits - 1] == '_' && digits.find_first_not_of("0123456789") == std::string_view::npos;
  return framelike ? name.substr(0, name.size() - kFrameDigits - 1) : std::string_view();
}

}  // namespace

std::string StemOf(const std::string& source) {
  std::string stem = std::filesystem::path(source).stem().string();
  std::replace(stem.begin(), stem.end(), '\0', '_');  // the operating system would end the name there
  if (stem.size() > kMaxStemBytes) {
    size_t size = kMaxStemBytes;
    while (size > 0 && (static_cast<unsigned char>(stem[size]) & 0xc0) == 0x80) --size;  // UTF-8 characters stay whole
    stem.resize(size);
  }
  return stem.empty() ? "unnamed" : stem;
}

bool ResultNames::Claim(const std::string& name, bool is_video) {
  if (is_video) return !framelike_pictures_.contains(name) && videos_.insert(name).second;
  const std::string before(BeforeFrameNumber(name));
  if (before.empty()) return pictures_.insert(name).second;
  if (videos_.contains(before) || !pictures_.insert(name).second) return false;
  framelike_pictures_.insert(before);
  return true;
}

std::string ResultNames::Next(const Record& record) {
  const bool is_video = record.of_video();
  if (!is_video || record.source != source_ || record.frame <= frame_) {
    const std::string stem = StemOf(record.source);
    name_ = stem;
    for (int number = 2; !Claim(name_, is_video); ++number) name_ = fmt::format("{}-{}", stem, number);
    source_ = is_video ? record.source : std::string();
  }
  frame_ = record.frame;
  return is_video ? fmt::format("{}_{:0{}}", name_, record.frame, kFrameDigits) : name_;
}

}  // namespace sinew::results
