// How stores are reached.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace sinew::store {

// Empty: what the environment and the files of AWS's tools say.
struct StoreOptions {
  std::string endpoint;  // http(s)://HOST[:PORT] of a store other than AWS's
  std::string region, profile;
  std::string ca_file;                          // of the authorities that vouch for servers
  enum class Style { kAuto, kPath, kVirtual };  // https://HOST/BUCKET/KEY or https://BUCKET.HOST/KEY
  Style style = Style::kAuto;
  bool anonymous = false;
  double idle_seconds = 30;  // without data for so long, a connection counts as broken
  int attempts = 10;
  std::filesystem::path cache_folder;  // of what is fetched whole
  // Told, a line each, what goes wrong and is tried again.
  std::function<void(std::string_view line)> log;
};

}  // namespace sinew::store
