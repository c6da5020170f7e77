// Sections, names, values.
#include "store/aws_files.h"

#include <cstdlib>
#include <string_view>

#include "base/file.h"

namespace sinew::store {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{4} << 20;

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

void ReadSection(std::string_view text, const std::string& section, bool also_plain, Profile* profile) {
  bool inside = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view trimmed = Trimmed(line);
    if (trimmed.empty() || trimmed[0] == '#' || trimmed[0] == ';') continue;
    if (trimmed[0] == '[') {
      const size_t close = trimmed.find(']');
      std::string_view name = Trimmed(trimmed.substr(1, close == std::string_view::npos ? close : close - 1));
      bool is_profile = also_plain;
      if (name.starts_with("profile") && name.size() > 7 && (name[7] == ' ' || name[7] == '\t')) {
        name = Trimmed(name.substr(7));
        is_profile = true;
      }
      inside = name == section && (is_profile || section == "default");
      continue;
    }
    // Lines that begin with white space belong to a setting of several lines, of which none is of use here.
    if (!inside || line[0] == ' ' || line[0] == '\t') continue;
    const size_t equals = trimmed.find('=');
    if (equals == std::string_view::npos) continue;
    (*profile)[std::string(Trimmed(trimmed.substr(0, equals)))] = Trimmed(trimmed.substr(equals + 1));
  }
}

std::string ReadAwsFile(const char* variable, const char* name) {
  std::filesystem::path path = Environment(variable);
  if (path.empty()) path = std::filesystem::path(Environment("HOME")) / ".aws" / name;
  const Result<std::string> text = ReadFile(path, kMaxFileBytes);
  return text.ok() ? *text : "";
}

}  // namespace

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string ProfileName(const std::string& asked) {
  if (!asked.empty()) return asked;
  for (const char* variable : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (const std::string name = Environment(variable); !name.empty()) return name;
  }
  return "default";
}

Profile ProfileIn(const std::string& config, const std::string& credentials, const std::string& name) {
  Profile profile;
  ReadSection(config, name, /*also_plain=*/false, &profile);
  ReadSection(credentials, name, /*also_plain=*/true, &profile);
  return profile;
}

Profile ReadProfile(const std::string& name) {
  return ProfileIn(ReadAwsFile("AWS_CONFIG_FILE", "config"), ReadAwsFile("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
                   name);
}

}  // namespace sinew::store
