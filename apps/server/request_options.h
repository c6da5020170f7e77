// What a request asks for, from named texts: a query, the parameters of an inference request, a stream's settings.
#pragma once

#include <string>

#include "http/message.h"
#include "serving/pose_service.h"

namespace sinew::server {

struct PeopleOptions {
  serving::RequestOptions request;
  bool openpose = false;  // the form of the answer
  bool boxes = false;
};

// Sets the option `name`, as the documents list them; kInvalidArgument for a value that makes no sense, kNotFound for a
// name that is none.
Status SetOption(const std::string& name, const std::string& value, PeopleOptions* options);

// All of a query. kInvalidArgument names the first that is wrong or unknown, and the known ones.
Result<PeopleOptions> ReadOptions(const NamedValues& query);

}  // namespace sinew::server
