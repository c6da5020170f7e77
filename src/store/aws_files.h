// What AWS's tools keep in ~/.aws/config and ~/.aws/credentials.
//   Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace sinew::store {

using Profile = std::map<std::string, std::string>;

// The settings of one profile; those of the credentials file win. Empty where neither file knows it. AWS_CONFIG_FILE
// and AWS_SHARED_CREDENTIALS_FILE name other files.
Profile ReadProfile(const std::string& name);
// The same from given texts.
Profile ProfileIn(const std::string& config, const std::string& credentials, const std::string& name);

// The profile to be used: `asked`, else AWS_PROFILE, AWS_DEFAULT_PROFILE, "default".
std::string ProfileName(const std::string& asked);

// A variable of the environment; empty where there is none.
std::string Environment(const char* name);

}  // namespace sinew::store
