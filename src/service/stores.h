// Object stores and web servers for a program: what it reads and writes by such names works from here on.
#pragma once

#include "sinew/status.h"
#include "store/options.h"

namespace sinew::service {

// The module (libsinew_store.so) is loaded at the first name that needs it; where it is not installed, that name gets
// kUnavailable with what to do. Without a cache folder in `options`: UserCacheFolder()/store. To be called once, before
// threads are started.
void UseStores(store::StoreOptions options);

}  // namespace sinew::service
