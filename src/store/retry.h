// How often, and after what waits, a request is tried again.
#pragma once

#include <random>
#include <string>

#include "base/remote.h"
#include "store/http.h"
#include "store/options.h"

namespace sinew::store {

// Whether an answer, or that there was none, is worth another try: 408, 429, 5xx, a broken connection.
bool IsTransient(const Result<HttpResponse>& response);

// Counts attempts, and waits between them: a random time up to a bound that doubles from 0.1 s to 10 s ("full jitter",
// so that many machines do not come back at the same moment; https://aws.amazon.com/builders-library/
// timeouts-retries-and-backoff-with-jitter), or longer where the server says so.
class Retries {
 public:
  // `name` stands in the log.
  Retries(const StoreOptions& options, std::string name) : options_(options), name_(std::move(name)) {}

  // False where it was the last attempt, or `stop` came while waiting. `why` is logged.
  bool Again(const std::string& why, const std::string& retry_after, const RemoteStop& stop);
  // Something has come through: what fails next is the first failure.
  void Progress() { failures_ = 0; }

 private:
  const StoreOptions& options_;
  const std::string name_;
  int failures_ = 0;
};

}  // namespace sinew::store
