// Expansion of arguments: one function a form.
#include "media/inputs.h"

#include <fmt/ranges.h>
#include <glob.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/remote.h"
#include "media/content.h"
#include "media/extension.h"
#include "media/natural_order.h"
#include "media/pipe_source.h"
#include "media/prefix_inputs.h"

namespace sinew::media {
namespace {

namespace fs = std::filesystem;

// Far beyond any list of files, far below what would hurt.
constexpr uint64_t kMaxListBytes = uint64_t{256} << 20;
constexpr std::string_view kCameraPrefix = "camera:";

constexpr std::array<std::string_view, 10> kSchemes = {"rtsp",  "rtsps", "rtmp", "rtmps", "http",
                                                       "https", "udp",   "rtp",  "tcp",   "srt"};

Input Failed(std::string_view name, Status status) {
  return {InputKind::kPicture, std::string(name), std::string(name), std::move(status)};
}

Input File(const fs::path& path, InputKind kind) {
  const std::string name = path.string();
  return {kind, name, name, Status()};
}

// By its suffix, where that is a usual one.
std::optional<InputKind> KindBySuffix(const fs::path& path) {
  if (HasPictureExtension(path)) return InputKind::kPicture;
  if (HasVideoExtension(path)) return InputKind::kVideo;
  return std::nullopt;
}

// Of an address whose path ends as a file's does; what has no such end may be a stream.
std::optional<InputKind> KindOfAddress(const std::string& url) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) return std::nullopt;
  return KindBySuffix(url.substr(0, url.find_first_of("?#")));
}

Input Camera(const std::string& name) {
  const std::string_view digits = std::string_view(name).substr(kCameraPrefix.size());
  unsigned number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return Failed(name, InvalidArgument("{}: a camera is named by its number, such as camera:0 for /dev/video0", name));
  }
  const std::string device = fmt::format("/dev/video{}", number);
  std::error_code ignored;
  if (!fs::exists(device, ignored)) return Failed(name, NotFound("{}: no such camera: there is no {}", name, device));
  return {InputKind::kCamera, name, device, Status()};
}

Input Stream(const std::string& url) {
  const std::string_view scheme = std::string_view(url).substr(0, url.find("://"));
  const bool known = std::any_of(kSchemes.begin(), kSchemes.end(), [&](std::string_view name) {
    return std::equal(name.begin(), name.end(), scheme.begin(), scheme.end(),
                      [](char a, char b) { return a == (b | 0x20); });
  });
  const std::string name = NameOfAddress(url);
  if (!known)
    return Failed(name, Unsupported("{}: \"{}\" is not a stream that can be read; known are {}", name, scheme,
                                    fmt::join(kSchemes, ", ")));
  return {InputKind::kStream, name, url, Status()};
}

// Linux gives every video4linux device this major number (Documentation/admin-guide/devices.txt).
bool IsCamera(const fs::path& path) {
  constexpr unsigned kVideo4LinuxMajor = 81;
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISCHR(info.st_mode) && major(info.st_rdev) == kVideo4LinuxMajor;
}

bool IsHidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

class Expander {
 public:
  Expander(const ExpandOptions& options, std::vector<SkippedFile>* skipped) : options_(options), skipped_(skipped) {}

  void Argument(const std::string& argument, bool in_list) {
    std::error_code error;
    if (argument.empty()) {
      Fail(argument, InvalidArgument("an input has an empty name"));
    } else if (argument == "-") {
      inputs_.push_back({InputKind::kStandardInput, "stdin", argument, Status()});
    } else if (argument[0] == '@') {
      if (in_list) {
        Fail(argument,
             InvalidArgument("{}: a list cannot name another list; a file of that name is ./{}", argument, argument));
      } else {
        List(argument.substr(1));
      }
    } else if (argument.starts_with(kCameraPrefix)) {
      inputs_.push_back(Camera(argument));
    } else if (argument.starts_with("s3://")) {
      Store(argument);
    } else if (const std::optional<InputKind> kind = KindOfAddress(argument); kind && HasRemote()) {
      inputs_.push_back({*kind, NameOfAddress(argument), argument, Status()});
    } else if (argument.find("://") != std::string::npos) {
      inputs_.push_back(Stream(argument));
    } else if (fs::exists(argument, error)) {
      Path(argument);
    } else if (argument.find_first_of("*?[") != std::string::npos) {
      Pattern(argument);
    } else if (error) {
      Fail(argument, IoError("{}: {}", argument, error.message()));
    } else {
      Fail(argument, NotFound("{}: no such file or folder", argument));
    }
  }

  std::vector<Input> Take() { return std::move(inputs_); }

 private:
  void Fail(std::string_view name, Status status) { inputs_.push_back(Failed(name, std::move(status))); }

  // An object, whatever its name holds; else a prefix or a pattern.
  void Store(const std::string& url) {
    const size_t bucket_end = std::min(url.find('/', std::string_view("s3://").size()), url.size());
    const size_t wild = url.find_first_of("*?[", bucket_end);
    if (bucket_end == url.size()) return Prefix(url + "/", "");
    if (url.ends_with('/')) return Prefix(url, "");
    const std::optional<InputKind> kind = KindBySuffix(url);
    if (kind && wild == std::string::npos) return inputs_.push_back(File(url, *kind));
    const Result<bool> exists = FileExists(url);
    if (!exists.ok()) return Fail(url, exists.status());
    if (*exists) {
      const Result<InputKind> sniffed = kind ? *kind : SniffFileHead(url);
      return inputs_.push_back(File(url, sniffed.ok() ? *sniffed : InputKind::kPicture));
    }
    if (wild == std::string::npos) return Prefix(url + "/", "");
    Prefix(url.substr(0, wild), url);
  }

  void Prefix(const std::string& prefix, const std::string& pattern) {
    // A pattern goes as deep as it has slashes.
    Input input{InputKind::kPrefix,
                pattern.empty() ? prefix : pattern,
                prefix,
                Status(),
                pattern,
                options_.recursive || pattern.find('/', prefix.size()) != std::string::npos};
    if (options_.keep_prefixes) return inputs_.push_back(std::move(input));
    PrefixInputs objects(input, options_.stop);
    for (;;) {
      Input object;
      const Result<bool> more =
          objects.Next(&object, [this](SkippedFile file) { skipped_->push_back(std::move(file)); });
      if (!more.ok()) return Fail(input.name, more.status());
      if (!*more) return;
      inputs_.push_back(std::move(object));
    }
  }

  void Path(const fs::path& path) {
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (fs::is_directory(status)) {
      Folder(path);
    } else if (IsCamera(path)) {
      inputs_.push_back({InputKind::kCamera, path.string(), path.string(), Status()});
    } else if (fs::is_fifo(status)) {
      inputs_.push_back(File(path, InputKind::kStandardInput));
    } else if (fs::is_character_file(status)) {
      Fail(path.string(), InvalidArgument("{}: the device is not a camera; standard input is -", path.string()));
    } else if (const std::string special = SpecialFileName(status); !special.empty()) {
      Fail(path.string(), InvalidArgument("{}: is {}, no picture and no video", path.string(), special));
    } else {
      const std::optional<InputKind> kind = KindBySuffix(path);
      // What cannot be read is told when it is opened.
      const Result<InputKind> sniffed = kind ? *kind : SniffFileHead(path);
      inputs_.push_back(File(path, sniffed.ok() ? *sniffed : InputKind::kPicture));
    }
  }

  void Folder(const fs::path& folder) {
    const size_t before = inputs_.size(), skipped_before = skipped_->size();
    bool has_folders = false;
    FolderEntries(folder, &has_folders);
    for (size_t i = before; i < inputs_.size(); ++i) {
      if (inputs_[i].status.ok()) inputs_[i].below = fs::path(inputs_[i].location).lexically_relative(folder).string();
    }
    if (inputs_.size() > before) return;
    const size_t skipped = skipped_->size() - skipped_before;
    Fail(folder.string(),
         NotFound("{}: the folder holds no picture and no video{}{}", folder.string(),
                  skipped > 0 ? fmt::format("; skipped: {}", skipped) : "",
                  has_folders && !options_.recursive ? "; the folders in it are searched with --recursive" : ""));
  }

  // The files of a folder, and of those below it, in the natural order of their paths.
  void FolderEntries(const fs::path& folder, bool* has_folders) {
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
      if (!IsHidden(i->path())) entries.push_back(i->path());
    }
    if (error)
      return Fail(folder.string(), IoError("{}: the folder cannot be read: {}", folder.string(), error.message()));
    std::sort(entries.begin(), entries.end(),
              [](const fs::path& a, const fs::path& b) { return NaturalLess(a.native(), b.native()); });
    for (const fs::path& path : entries) FolderEntry(path, has_folders);
  }

  void FolderEntry(const fs::path& path, bool* has_folders) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status)) {
      *has_folders = true;
      const bool is_link = fs::is_symlink(path, error);
      if (options_.recursive && !is_link) return FolderEntries(path, has_folders);
      return Skip(path, options_.recursive ? "is a link to a folder" : "is a folder (--recursive searches it)");
    }
    if (const std::string special = SpecialFileName(status); !special.empty()) return Skip(path, "is " + special);
    const std::optional<InputKind> kind = KindBySuffix(path);
    const Result<InputKind> sniffed = kind ? *kind : SniffFile(path);
    if (!sniffed.ok()) return Skip(path, sniffed.status().message());
    inputs_.push_back(File(path, *sniffed));
  }

  void Skip(const fs::path& path, std::string reason) { skipped_->push_back({path.string(), std::move(reason)}); }

  void Pattern(const std::string& pattern) {
    glob_t matches = {};
    const int outcome = glob(pattern.c_str(), GLOB_NOSORT, nullptr, &matches);
    std::vector<std::string> paths(matches.gl_pathv, matches.gl_pathv + (outcome == 0 ? matches.gl_pathc : 0));
    globfree(&matches);
    if (outcome == GLOB_NOMATCH) return Fail(pattern, NotFound("{}: no file matches the pattern", pattern));
    if (outcome != 0) return Fail(pattern, IoError("{}: the pattern's folders cannot be searched", pattern));
    std::sort(paths.begin(), paths.end(), NaturalLess);
    for (const std::string& path : paths) Path(path);
  }

  Result<std::string> ReadList(const std::string& list) const {
    std::error_code error;
    if (list == "-") {
      PipeSource source(STDIN_FILENO, "standard input", options_.stop);
      return ReadToEnd(source, "", kMaxListBytes, "standard input");
    }
    if (IsRemote(list) || !fs::is_fifo(list, error)) return ReadFile(list, kMaxListBytes);
    SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<PipeSource> source, PipeSource::Open(list, options_.stop));
    return ReadToEnd(*source, "", kMaxListBytes, list);
  }

  void List(const std::string& list) {
    if (list.empty()) return Fail("@", InvalidArgument("@: the name of a list is missing: @list.txt"));
    const Result<std::string> content = ReadList(list);
    if (!content.ok()) return Fail("@" + list, content.status());
    const size_t before = inputs_.size();
    std::string_view rest = *content;
    if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);  // the byte order mark that some editors write
    for (size_t number = 1; !rest.empty(); ++number) {
      const size_t length = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, length);
      rest.remove_prefix(std::min(length + 1, rest.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.find_first_not_of(" \t") == std::string_view::npos || line[0] == '#') continue;
      const size_t first = inputs_.size();
      if (line.find('\0') == std::string_view::npos) {
        Argument(std::string(line), /*in_list=*/true);
      } else {
        Fail("@" + list, InvalidArgument("the line is not text; is this a list of files?"));
      }
      for (size_t i = first; i < inputs_.size(); ++i) {
        if (Status& status = inputs_[i].status; !status.ok())
          status = Prefixed(fmt::format("{} line {}", list, number), status);
      }
    }
    if (inputs_.size() == before) Fail("@" + list, NotFound("{}: the list names no input", list));
  }

  const ExpandOptions& options_;
  std::vector<SkippedFile>* const skipped_;
  std::vector<Input> inputs_;
};

}  // namespace

std::string NameOfAddress(std::string_view url) {
  constexpr std::string_view kSecrets[] = {"sig", "token", "secret", "pass", "key", "credential", "auth"};
  const size_t begin = url.find("://") + 3, end = std::min(url.find_first_of("/?#", begin), url.size());
  const size_t at = url.substr(begin, end - begin).rfind('@');
  const size_t query = std::min(url.find('?'), url.size());
  const size_t host = at == std::string_view::npos ? begin : begin + at + 1;
  std::string name = fmt::format("{}{}", url.substr(0, begin), url.substr(host, std::max(query, host) - host));
  for (size_t i = query; i < url.size();) {
    const size_t next = std::min(url.find('&', i + 1), url.size());
    const std::string_view parameter = url.substr(i, next - i);
    const size_t equals = std::min(parameter.find('='), parameter.size());
    std::string lower(parameter.substr(0, equals));
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool is_secret = std::any_of(std::begin(kSecrets), std::end(kSecrets), [&](std::string_view secret) {
      return lower.find(secret) != std::string::npos;
    });
    name += is_secret && equals < parameter.size() ? fmt::format("{}=...", parameter.substr(0, equals))
                                                   : std::string(parameter);
    i = next;
  }
  return name;
}

std::vector<Input> ExpandInputs(std::span<const std::string> arguments, const ExpandOptions& options,
                                std::vector<SkippedFile>* skipped) {
  Expander expander(options, skipped);
  for (const std::string& argument : arguments) expander.Argument(argument, /*in_list=*/false);
  return expander.Take();
}

}  // namespace sinew::media
