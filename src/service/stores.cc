// From the module to base/remote.h.
#include "service/stores.h"

#include <memory>
#include <utility>

#include "base/error.h"
#include "base/remote.h"
#include "media/module.h"
#include "service/user_folders.h"
#include "store/store.h"

namespace sinew::service {

void UseStores(store::StoreOptions options) {
  if (options.cache_folder.empty()) {
    if (const auto cache = UserCacheFolder(); cache.ok()) options.cache_folder = *cache / "store";
  }
  SetRemoteLoader([options = std::move(options)]() -> Result<RemoteFiles*> {
    // Until the program ends: threads may still be reading then.
    static std::unique_ptr<RemoteFiles>* const files = new std::unique_ptr<RemoteFiles>;
    SINEW_ASSIGN_OR_RETURN(const store::StoreModule* const module,
                           media::LoadModule<store::StoreModule>("libsinew_store", "SinewStoreModule",
                                                                 "libcurl and expat (Debian: libcurl4 libexpat1)"));
    SINEW_ASSIGN_OR_RETURN(*files, module->Create(options));
    return files->get();
  });
}

}  // namespace sinew::service
