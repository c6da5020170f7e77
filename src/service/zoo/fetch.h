// Getting a model of the zoo onto this disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "service/zoo/zoo.h"
#include "sinew/status.h"

namespace sinew::zoo {

struct FetchOptions {
  bool progress = false;  // a bar on standard error
  // Downloads come from here instead of the address's own scheme and host: "https://mirror.example" or
  // "http://localhost:8000", with the same paths. The environment variable SINEW_MIRROR sets it for the program; npm
  // packages follow npm's own configuration where there is an npm, and npm_config_registry otherwise.
  std::string mirror;
  // What is larger is not a model: the largest of this kind has 210 MB.
  uint64_t max_bytes = uint64_t{1} << 30;
};

// Fetches a model into the store, checks it against the zoo's checksum and returns its graph. Nothing is there under
// the model's name until it is whole and checked; an interrupted download is carried on by the next call. A model that
// is there already is not fetched again, and of several processes that fetch the same model one does. Every message
// says what to do.
Result<std::filesystem::path> Fetch(const Entry& entry, const FetchOptions& options = {});

}  // namespace sinew::zoo
