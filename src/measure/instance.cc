// Three providers, three dialects of HTTP.
#include "measure/instance.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "base/process.h"

namespace sinew::measure {
namespace {

constexpr std::string_view kLinkLocal = "http://169.254.169.254";

// The body, or nothing.
std::optional<std::string> Ask(const std::string& url, const std::vector<std::string>& curl_options) {
  std::vector<std::string> arguments = {"curl", "--disable",  "--globoff", "--silent",       "--fail", "--noproxy",
                                        "*",    "--max-time", "1",         "--max-filesize", "4000"};
  arguments.insert(arguments.end(), curl_options.begin(), curl_options.end());
  arguments.insert(arguments.end(), {"--url", url});
  const Result<ProcessResult> result = RunProcess(arguments);
  if (!result.ok() || result->exit_code != 0 || result->output.empty()) return std::nullopt;
  return result->output;
}

// Names of machines and regions are short and plain; anything else is no answer of such a service.
std::optional<std::string> Name(const std::optional<std::string>& text) {
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_'; };
  if (!text || text->empty() || text->size() > 64 || !std::all_of(text->begin(), text->end(), is_plain))
    return std::nullopt;
  return text;
}

// "projects/1/zones/europe-west1-b" -> "europe-west1-b"
std::optional<std::string> LastPart(std::optional<std::string> text) {
  if (text) text->erase(0, text->rfind('/') + 1);
  return text;
}

std::optional<documents::Instance> AskAws(const std::string& base) {
  const auto token =
      Ask(base + "/latest/api/token", {"--request", "PUT", "--header", "X-aws-ec2-metadata-token-ttl-seconds: 60"});
  if (!token || std::any_of(token->begin(), token->end(), [](unsigned char c) { return std::iscntrl(c) != 0; }))
    return std::nullopt;
  const std::vector<std::string> header = {"--header", "X-aws-ec2-metadata-token: " + *token};
  const auto type = Name(Ask(base + "/latest/meta-data/instance-type", header));
  if (!type) return std::nullopt;
  return documents::Instance{"aws", *type, Name(Ask(base + "/latest/meta-data/placement/region", header)).value_or("")};
}

std::optional<documents::Instance> AskGcp(const std::string& base) {
  const std::vector<std::string> header = {"--header", "Metadata-Flavor: Google"};
  const auto type = Name(LastPart(Ask(base + "/computeMetadata/v1/instance/machine-type", header)));
  if (!type) return std::nullopt;
  // The region of a zone is the zone without its letter.
  std::string region = Name(LastPart(Ask(base + "/computeMetadata/v1/instance/zone", header))).value_or("");
  region.erase(std::min(region.rfind('-'), region.size()));
  return documents::Instance{"gcp", *type, region};
}

std::optional<documents::Instance> AskAzure(const std::string& base) {
  const auto text = Ask(base + "/metadata/instance/compute?api-version=2021-02-01", {"--header", "Metadata: true"});
  if (!text) return std::nullopt;
  const nlohmann::json json = nlohmann::json::parse(*text, nullptr, false);
  const auto field = [&](const char* name) -> std::optional<std::string> {
    if (!json.is_object() || !json.contains(name) || !json[name].is_string()) return std::nullopt;
    return Name(json[name].get<std::string>());
  };
  const auto type = field("vmSize");
  if (!type) return std::nullopt;
  return documents::Instance{"azure", *type, field("location").value_or("")};
}

std::string FirmwareVendor() {
  std::ifstream file("/sys/class/dmi/id/sys_vendor");
  std::string vendor;
  std::getline(file, vendor);
  return vendor;
}

}  // namespace

std::optional<documents::Instance> ThisInstance() {
  if (const char* const base = std::getenv("SINEW_METADATA_URL"); base != nullptr && base[0] != '\0') {
    for (const auto ask : {AskAws, AskGcp, AskAzure}) {
      if (const auto instance = ask(base)) return instance;
    }
    return std::nullopt;
  }
  const std::string vendor = FirmwareVendor();
  if (vendor.starts_with("Amazon")) return AskAws(std::string(kLinkLocal));
  if (vendor.starts_with("Google")) return AskGcp(std::string(kLinkLocal));
  if (vendor.starts_with("Microsoft")) return AskAzure(std::string(kLinkLocal));
  return std::nullopt;
}

}  // namespace sinew::measure
