// --s3-endpoint and its like; what is not given says the environment.
#include "service/store_flags.h"

#include <memory>
#include <string>
#include <utility>

#include "service/stores.h"

namespace sinew::service {
namespace {

struct StoreFlags {
  store::StoreOptions options;
  std::string style = "auto";
};

void LetFallThrough(CLI::App& app) {
  for (CLI::App* child : app.get_subcommands([](CLI::App* command) { return !command->get_name().empty(); })) {
    if (child->get_prefix_command()) continue;  // its arguments are another program's
    child->fallthrough();
    LetFallThrough(*child);
  }
}

}  // namespace

void AddStoreFlags(CLI::App& app, std::function<void(std::string_view line)> log) {
  auto flags = std::make_shared<StoreFlags>();
  store::StoreOptions& options = flags->options;
  CLI::Option_group* group = app.add_option_group("Object stores (with every command)");
  group->add_option("--s3-endpoint", options.endpoint, "A store other than AWS's (default: AWS_ENDPOINT_URL_S3)")
      ->type_name("URL");
  group->add_option("--s3-region", options.region, "Where buckets are (default: AWS_REGION, the profile's)")
      ->type_name("NAME");
  group->add_option("--s3-profile", options.profile, "Of ~/.aws/credentials and ~/.aws/config (default: AWS_PROFILE)")
      ->type_name("NAME");
  group->add_option("--s3-style", flags->style, "HOST/BUCKET or BUCKET.HOST (default: BUCKET.HOST at AWS alone)")
      ->check(CLI::IsMember({"auto", "path", "virtual"}));
  group->add_flag("--s3-anonymous", options.anonymous, "Without credentials, as public buckets allow");
  group->add_option("--ca", options.ca_file, "Certificates of authorities to trust instead of the system's (PEM)")
      ->check(CLI::ExistingFile);
  group->add_option("--s3-timeout", options.idle_seconds, "Seconds without data after which a connection is broken")
      ->check(CLI::Range(1.0, 86400.0))
      ->capture_default_str();
  group->add_option("--s3-attempts", options.attempts, "Attempts at each request, after growing random waits")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  LetFallThrough(app);
  app.parse_complete_callback([flags, log = std::move(log)] {
    flags->options.style = flags->style == "path"      ? store::StoreOptions::Style::kPath
                           : flags->style == "virtual" ? store::StoreOptions::Style::kVirtual
                                                       : store::StoreOptions::Style::kAuto;
    flags->options.log = log;
    UseStores(flags->options);
  });
}

}  // namespace sinew::service
