// Getting a model of the zoo onto this disk.
#pragma once

#include <filesystem>
#include <string_view>

#include "sinew/status.h"
#include "zoo/zoo.h"

namespace sinew::zoo {

struct FetchOptions {
  bool progress = false;  // a bar on standard error
  // Downloads come from here instead of https://github.com: a mirror with the same paths. The environment variable
  // SINEW_MIRROR sets it for the program.
  std::string mirror;
};

// Fetches a model into the store, checks it against the zoo's checksum and returns its graph. Nothing is there under the
// model's name until it is whole and checked; an interrupted download is carried on by the next call. A model that is
// there already is not fetched again. Every message says what to do.
Result<std::filesystem::path> Fetch(const Entry& entry, const FetchOptions& options = {});

}  // namespace sinew::zoo
