// The pictures and videos below a prefix of a store, one after the other.
#pragma once

#include <functional>
#include <memory>

#include "base/remote.h"
#include "media/inputs.h"

namespace sinew::media {

// Takes a page of the listing at a time; so memory does not grow with the number of objects. One thread at a time.
class PrefixInputs {
 public:
  // Of an input of kind kPrefix.
  PrefixInputs(Input prefix, StopCheck stop) : prefix_(std::move(prefix)), stop_(std::move(stop)) {}

  // As folders have it (inputs.h): hidden objects, whose name begins with a dot, are passed over, and objects whose
  // suffix says nothing are looked at; `skipped` gets those that are no input. False at the end; kNotFound there, where
  // nothing was found. An error is final.
  Result<bool> Next(Input* input, const std::function<void(SkippedFile)>& skipped);

 private:
  const Input prefix_;
  const StopCheck stop_;
  std::unique_ptr<RemoteListing> listing_;
  int64_t found_ = 0, skipped_ = 0;
};

}  // namespace sinew::media
