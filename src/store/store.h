// Stores and web servers as what base/remote.h asks for: a module (libsinew_store.so), so that programs that read local
// files link neither libcurl nor expat.
#pragma once

#include <memory>

#include "base/remote.h"
#include "store/options.h"

namespace sinew::store {

class StoreModule {
 public:
  virtual ~StoreModule() = default;
  // kInvalidArgument for options that make no sense.
  virtual Result<std::unique_ptr<RemoteFiles>> Create(const StoreOptions& options) const = 0;
};

}  // namespace sinew::store
