// Names of things in stores: s3://bucket/key, and addresses.
#pragma once

#include <string>
#include <string_view>

#include "sinew/status.h"

namespace sinew::store {

struct S3Url {
  std::string bucket, key;  // as they are: a key is any UTF-8, and nothing in it is an escape
};

// kInvalidArgument for anything but s3://BUCKET/KEY with a name that a bucket can have. The key may be empty, and is
// taken as it stands: '%', '+', '?' and '#' are characters like others.
Result<S3Url> ParseS3(std::string_view url);

// http://user:secret@host/path?token=x without what stands before '@' and behind '?': for messages.
std::string Shown(std::string_view url);

struct Address {
  std::string scheme, host, path;  // host with its port; path from its slash on, with the query
};
// kInvalidArgument for anything but http://HOST... and https://HOST...
Result<Address> ParseAddress(std::string_view url);
// What a Location header leads to. kIo where it leads from https to http, or elsewhere than to the web.
Result<std::string> Redirected(std::string_view from, std::string_view location);

// RFC 3986: all but unreserved characters become %XX; a slash stays where `keep_slash`.
std::string UriEncoded(std::string_view text, bool keep_slash);
// Back again; '+' is a space, as it is in listings.
std::string UriDecoded(std::string_view text);

}  // namespace sinew::store
