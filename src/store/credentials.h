// Where the keys to a store come from, in the order of AWS's tools.
//   Source: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
//
//   the environment      AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; not where a profile is asked for
//   a web identity       AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN
//   a profile            keys, a role by way of a web identity or of another profile, or credential_process
//   a container's        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI
//   an instance's        metadata service, version 2
//   none                 anonymous requests
#pragma once

#include <ctime>
#include <mutex>
#include <string>

#include "base/remote.h"
#include "store/aws_files.h"
#include "store/http.h"
#include "store/options.h"
#include "store/sigv4.h"

namespace sinew::store {

// Thread-safe.
class CredentialChain {
 public:
  // `http` must outlive it.
  CredentialChain(const StoreOptions& options, std::string region, Http* http)
      : options_(options), region_(std::move(region)), http_(http) {}

  // Those that are known; found, or renewed before they expire.
  Result<Credentials> Get(const RemoteStop& stop);
  // A store has called `refused` expired: looks again. The same ones again: there are no others.
  Result<Credentials> Renew(const Credentials& refused, const RemoteStop& stop);

 private:
  Result<Credentials> Find(const RemoteStop& stop);
  Result<Credentials> OfProfile(const std::string& name, int depth, const RemoteStop& stop);
  Result<Credentials> OfWebIdentity(const std::string& token_file, const std::string& role, const std::string& session,
                                    const RemoteStop& stop);
  Result<Credentials> OfRole(const Profile& profile, int depth, const RemoteStop& stop);
  Result<Credentials> OfProcess(const std::string& command);
  Result<Credentials> OfContainer(const RemoteStop& stop);
  Result<Credentials> OfInstance(const RemoteStop& stop);
  Result<Credentials> AskSts(Query query, const Credentials* signer, const std::string& source, const RemoteStop& stop);

  const StoreOptions options_;
  const std::string region_;
  Http* const http_;
  std::mutex mutex_;
  bool found_ = false;
  Credentials current_;
};

// The seconds since 1970 of "2026-11-27T21:00:00Z"; nothing for other text.
std::optional<std::time_t> ParseTime(const std::string& text);

}  // namespace sinew::store
