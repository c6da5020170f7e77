// One function a source.
#include "store/credentials.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "store/digest.h"
#include "store/url.h"
#include "store/xml.h"

namespace sinew::store {
namespace {

using Json = nlohmann::json;

// Renewed so long before they expire: longer than any request, and clocks that differ.
constexpr std::time_t kMarginSeconds = 300;
constexpr uint64_t kMaxTokenBytes = 1 << 16;
constexpr int kAttempts = 3;

std::string Text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<Credentials> FromJson(const std::string& text, const std::string& source) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return IoError("credentials of {}: the answer is not JSON", source);
  Credentials credentials{Text(json, "AccessKeyId"), Text(json, "SecretAccessKey"), Text(json, "Token"), {}, source};
  if (credentials.session_token.empty()) credentials.session_token = Text(json, "SessionToken");
  if (credentials.access_key.empty() || credentials.secret_key.empty())
    return IoError("credentials of {}: the answer holds no keys", source);
  credentials.expires = ParseTime(Text(json, "Expiration"));
  return credentials;
}

Result<std::string> ReadToken(const std::string& file) {
  Result<std::string> token = ReadFile(file, kMaxTokenBytes);
  if (!token.ok()) return token.status();
  while (!token->empty() && (token->back() == '\n' || token->back() == '\r')) token->pop_back();
  return token;
}

// Some attempts, for services that are asked by many at once.
Result<HttpResponse> SendTo(Http* http, const HttpRequest& request, const std::string& source) {
  for (int attempt = 1;; ++attempt) {
    Result<HttpResponse> response = http->Send(request);
    if (response.status().code() == StatusCode::kCancelled) return response.status();
    const bool again = response.ok() ? response->code == 429 || response->code >= 500
                                     : response.status().code() == StatusCode::kUnavailable;
    if (!again || attempt == kAttempts) {
      if (!response.ok()) return Prefixed("credentials of " + source, response.status());
      if (response->ok()) return response;
      const XmlError error = ReadXmlError(response->body);
      return IoError("credentials of {}: refused with {}{}", source, response->code,
                     error.code.empty() ? "" : fmt::format(" {}: {}", error.code, error.message));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200 * attempt));
  }
}

}  // namespace

std::optional<std::time_t> ParseTime(const std::string& text) {
  std::tm parts = {};
  const char* const end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (end == nullptr) return std::nullopt;
  return timegm(&parts);
}

Result<Credentials> CredentialChain::Get(const RemoteStop& stop) {
  const std::scoped_lock lock(mutex_);
  const bool lasts = found_ && (!current_.expires || std::time(nullptr) + kMarginSeconds < *current_.expires);
  if (lasts) return current_;
  Result<Credentials> found = Find(stop);
  if (found.ok()) {
    current_ = *found;
    found_ = true;
    return found;
  }
  // Better than none until they have expired in truth.
  if (found_ && current_.expires && std::time(nullptr) < *current_.expires) return current_;
  return found;
}

Result<Credentials> CredentialChain::Renew(const Credentials& refused, const RemoteStop& stop) {
  const std::scoped_lock lock(mutex_);
  if (found_ && current_ != refused) return current_;  // another thread was faster
  SINEW_ASSIGN_OR_RETURN(current_, Find(stop));
  found_ = true;
  return current_;
}

Result<Credentials> CredentialChain::Find(const RemoteStop& stop) {
  if (options_.anonymous) return Credentials{};
  if (options_.profile.empty()) {
    Credentials environment{Environment("AWS_ACCESS_KEY_ID"),
                            Environment("AWS_SECRET_ACCESS_KEY"),
                            Environment("AWS_SESSION_TOKEN"),
                            {},
                            "the environment"};
    if (!environment.access_key.empty() && !environment.secret_key.empty()) return environment;
    const std::string token_file = Environment("AWS_WEB_IDENTITY_TOKEN_FILE"), role = Environment("AWS_ROLE_ARN");
    if (!token_file.empty() && !role.empty())
      return OfWebIdentity(token_file, role, Environment("AWS_ROLE_SESSION_NAME"), stop);
  }
  const std::string name = ProfileName(options_.profile);
  SINEW_ASSIGN_OR_RETURN(Credentials credentials, OfProfile(name, 0, stop));
  if (!credentials.anonymous()) return credentials;
  if (!options_.profile.empty() || !Environment("AWS_PROFILE").empty()) {
    if (ReadProfile(name).empty())
      return NotFound("the profile \"{}\" is neither in ~/.aws/credentials nor in ~/.aws/config", name);
  }
  SINEW_ASSIGN_OR_RETURN(credentials, OfContainer(stop));
  if (!credentials.anonymous()) return credentials;
  return OfInstance(stop);
}

Result<Credentials> CredentialChain::OfProfile(const std::string& name, int depth, const RemoteStop& stop) {
  const Profile profile = ReadProfile(name);
  const auto value = [&profile](const char* key) {
    const auto found = profile.find(key);
    return found == profile.end() ? std::string() : found->second;
  };
  if (!value("role_arn").empty()) return OfRole(profile, depth, stop);
  if (!value("aws_access_key_id").empty()) {
    return Credentials{value("aws_access_key_id"),
                       value("aws_secret_access_key"),
                       value("aws_session_token"),
                       {},
                       fmt::format("the profile \"{}\"", name)};
  }
  if (!value("credential_process").empty()) return OfProcess(value("credential_process"));
  if (!value("sso_session").empty() || !value("sso_start_url").empty()) {
    return Unsupported(
        "the profile \"{}\" signs on by SSO: export its keys with `aws configure export-credentials`, or name them by "
        "credential_process",
        name);
  }
  return Credentials{};
}

Result<Credentials> CredentialChain::OfRole(const Profile& profile, int depth, const RemoteStop& stop) {
  constexpr int kMaxDepth = 5;
  const auto value = [&profile](const char* key) {
    const auto found = profile.find(key);
    return found == profile.end() ? std::string() : found->second;
  };
  const std::string role = value("role_arn"), session = value("role_session_name");
  if (!value("web_identity_token_file").empty())
    return OfWebIdentity(value("web_identity_token_file"), role, session, stop);
  if (depth >= kMaxDepth) return InvalidArgument("~/.aws/config: profiles name each other in a circle");
  Credentials signer;
  if (const std::string source = value("source_profile"); !source.empty()) {
    SINEW_ASSIGN_OR_RETURN(signer, OfProfile(source, depth + 1, stop));
  } else if (value("credential_source") == "Environment") {
    signer = {Environment("AWS_ACCESS_KEY_ID"),
              Environment("AWS_SECRET_ACCESS_KEY"),
              Environment("AWS_SESSION_TOKEN"),
              {},
              "the environment"};
  } else if (value("credential_source") == "EcsContainer") {
    SINEW_ASSIGN_OR_RETURN(signer, OfContainer(stop));
  } else if (value("credential_source") == "Ec2InstanceMetadata") {
    SINEW_ASSIGN_OR_RETURN(signer, OfInstance(stop));
  }
  if (signer.anonymous())
    return InvalidArgument("~/.aws/config: nothing says with which credentials the role {} is to be taken", role);
  Query query = {{"Action", "AssumeRole"},
                 {"RoleArn", role},
                 {"RoleSessionName", session.empty() ? "sinew" : session},
                 {"Version", "2011-06-15"}};
  if (const std::string id = value("external_id"); !id.empty()) query.emplace_back("ExternalId", id);
  return AskSts(std::move(query), &signer, "the role " + role, stop);
}

Result<Credentials> CredentialChain::OfWebIdentity(const std::string& token_file, const std::string& role,
                                                   const std::string& session, const RemoteStop& stop) {
  SINEW_ASSIGN_OR_RETURN(const std::string token, ReadToken(token_file));
  return AskSts({{"Action", "AssumeRoleWithWebIdentity"},
                 {"RoleArn", role},
                 {"RoleSessionName", session.empty() ? "sinew" : session},
                 {"Version", "2011-06-15"},
                 {"WebIdentityToken", token}},
                nullptr, "the web identity " + token_file, stop);
}

Result<Credentials> CredentialChain::AskSts(Query query, const Credentials* signer, const std::string& source,
                                            const RemoteStop& stop) {
  std::string endpoint = Environment("AWS_ENDPOINT_URL_STS");
  if (endpoint.empty()) endpoint = Environment("AWS_ENDPOINT_URL");
  if (endpoint.empty()) endpoint = fmt::format("https://sts.{}.amazonaws.com", region_);
  SINEW_ASSIGN_OR_RETURN(const Address address, ParseAddress(endpoint));
  HttpRequest request;
  request.method = "POST";
  request.url = fmt::format("{}://{}/", address.scheme, address.host);
  request.body = CanonicalQuery(query);
  request.headers["content-type"] = "application/x-www-form-urlencoded";
  request.stop = stop;
  request.idle_seconds = options_.idle_seconds;
  if (signer != nullptr) {
    request.headers = Sign({"POST", address.host, "/", {}, request.headers, Hex(Sha256(request.body))}, *signer,
                           region_, "sts", std::time(nullptr));
  }
  SINEW_ASSIGN_OR_RETURN(const HttpResponse response, SendTo(http_, request, source));
  Credentials credentials{{}, {}, {}, {}, source};
  SINEW_RETURN_IF_ERROR(ReadXml(response.body, [&](std::string_view path, const std::string& text) {
    if (path.ends_with("Credentials/AccessKeyId")) credentials.access_key = text;
    if (path.ends_with("Credentials/SecretAccessKey")) credentials.secret_key = text;
    if (path.ends_with("Credentials/SessionToken")) credentials.session_token = text;
    if (path.ends_with("Credentials/Expiration")) credentials.expires = ParseTime(text);
  }));
  if (credentials.access_key.empty() || credentials.secret_key.empty())
    return IoError("credentials of {}: the answer holds no keys", source);
  return credentials;
}

Result<Credentials> CredentialChain::OfProcess(const std::string& command) {
  SINEW_ASSIGN_OR_RETURN(const ProcessResult result, RunProcess({"/bin/sh", "-c", command}));
  if (result.exit_code != 0) return IoError("credential_process ended with exit code {}", result.exit_code);
  return FromJson(result.output, "credential_process");
}

Result<Credentials> CredentialChain::OfContainer(const RemoteStop& stop) {
  const std::string relative = Environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  std::string url = Environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!relative.empty()) url = "http://169.254.170.2" + relative;
  if (url.empty()) return Credentials{};
  SINEW_ASSIGN_OR_RETURN(const Address address, ParseAddress(url));
  const std::string host = address.host.starts_with('[') ? address.host.substr(0, address.host.find(']') + 1)
                                                         : address.host.substr(0, address.host.find(':'));
  // The token goes to nobody else.
  const bool is_near = host == "localhost" || host.starts_with("127.") || host == "[::1]" || host == "169.254.170.2" ||
                       host == "169.254.170.23" || host == "[fd00:ec2::23]";
  if (address.scheme != "https" && !is_near) {
    return InvalidArgument("AWS_CONTAINER_CREDENTIALS_FULL_URI: {} is neither encrypted nor this machine", host);
  }
  HttpRequest request;
  request.url = url;
  request.direct = true;
  request.stop = stop;
  request.total_seconds = 10;
  std::string token = Environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const std::string file = Environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
    SINEW_ASSIGN_OR_RETURN(token, ReadToken(file));
  }
  if (!token.empty()) request.headers["authorization"] = token;
  SINEW_ASSIGN_OR_RETURN(const HttpResponse response, SendTo(http_, request, "the container"));
  return FromJson(response.body, "the container");
}

// A machine without the service is no error: there are no credentials then.
Result<Credentials> CredentialChain::OfInstance(const RemoteStop& stop) {
  std::string disabled = Environment("AWS_EC2_METADATA_DISABLED");
  for (char& c : disabled) c = static_cast<char>(c | 0x20);
  if (disabled == "true") return Credentials{};
  std::string endpoint = Environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint.empty()) endpoint = "http://169.254.169.254";
  while (endpoint.ends_with('/')) endpoint.pop_back();
  HttpRequest request;
  request.method = "PUT";
  request.url = endpoint + "/latest/api/token";
  request.headers["x-aws-ec2-metadata-token-ttl-seconds"] = "21600";
  request.direct = true;
  request.stop = stop;
  request.connect_seconds = 1;
  request.total_seconds = 2;
  const Result<HttpResponse> token = http_->Send(request);
  if (token.status().code() == StatusCode::kCancelled) return token.status();
  if (!token.ok() || !token->ok()) return Credentials{};
  request.method = "GET";
  request.headers = {{"x-aws-ec2-metadata-token", token->body}};
  request.total_seconds = 10;
  const std::string list = endpoint + "/latest/meta-data/iam/security-credentials/";
  request.url = list;
  const Result<HttpResponse> roles = http_->Send(request);
  if (!roles.ok() || !roles->ok()) return Credentials{};  // an instance without a role
  const std::string role = roles->body.substr(0, roles->body.find('\n'));
  request.url = list + UriEncoded(role, false);
  SINEW_ASSIGN_OR_RETURN(const HttpResponse response, SendTo(http_, request, "the instance"));
  return FromJson(response.body, "the instance");
}

}  // namespace sinew::store
