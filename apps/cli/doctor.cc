// sinew doctor: what this machine has of what sinew can use, on one page, for bug reports.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "backends/cuda/module.h"
#include "base/processor.h"
#include "command.h"
#include "media/backend.h"
#include "media/images/picture_module.h"
#include "media/module.h"
#include "media/video/video.h"
#include "print.h"
#include "runtime/thread_pool.h"
#include "service/model_cache.h"
#include "service/zoo/store.h"
#include "service/zoo/zoo.h"
#include "simd/target.h"
#include "sinew/version.h"

namespace sinew::cli {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

// "ok", or what is wrong.
std::string Verdict(const Status& status) { return status.ok() ? "ok" : status.message(); }

uint64_t MemoryBytes() {
  const long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
  return pages > 0 && page_bytes > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_bytes) : 0;
}

OrderedJson DescribeProcessor() {
  std::vector<std::string> targets;
  for (const simd::Target target : simd::SupportedTargets()) targets.emplace_back(simd::TargetName(target));
  const Result<simd::Target> chosen = simd::DefaultTarget();
  return {{"name", ProcessorName()},
          {"processors", runtime::AvailableProcessors()},
          {"memory_bytes", MemoryBytes()},
          {"targets", targets},
          {"target", chosen.ok() ? std::string(simd::TargetName(*chosen)) : chosen.status().message()}};
}

OrderedJson DescribeGpus() {
  OrderedJson gpus = OrderedJson::array();
  const Result<cuda::Module*> module = cuda::LoadModule();
  if (!module.ok()) return {{"devices", gpus}, {"missing", module.status().message()}};
  const auto devices = (*module)->ListDevices();
  if (!devices.ok()) return {{"devices", gpus}, {"missing", devices.status().message()}};
  for (const cuda::DeviceInfo& device : *devices) gpus.push_back(device.name);
  return {{"devices", gpus}};
}

// Whether this machine's FFmpeg has the encoder: told by writing a frame.
std::string TryVideo(const fs::path& folder, const std::string& suffix) {
  const fs::path path = folder / ("doctor" + suffix);
  const Status status = [&]() -> Status {
    auto writer = media::CreateVideo(path, {64, 48, 10}, std::nullopt, {.sync = false});
    if (!writer.ok()) return writer.status();
    if (Status written = (*writer)->Write(media::Image::OfSize(64, 48), 0); !written.ok()) return written;
    return (*writer)->Finish(0.1, /*complete=*/true);
  }();
  std::error_code ignored;
  fs::remove(path, ignored);
  return Verdict(status);
}

OrderedJson DescribeModules() {
  OrderedJson modules = {
      {"videos and cameras (FFmpeg)", Verdict(media::LoadBackend().status())},
      {"WebP, TIFF, letters", Verdict(media::LoadPictureModule().status())},
      {"HEIC, AVIF", Verdict(media::LoadHeifModule().status())},
      {"window (SDL)",
       Verdict(media::LoadFromModule("libsinew_display", "SinewOpenDisplay", "SDL (Debian: libsdl2-2.0-0)").status())}};
  std::string pattern = (fs::temp_directory_path() / "sinew-doctor-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) return modules;
  for (const char* suffix : {".mp4", ".webm", ".avi"})
    modules[fmt::format("writing {}", suffix)] = TryVideo(pattern, suffix);
  std::error_code ignored;
  fs::remove_all(pattern, ignored);
  return modules;
}

OrderedJson DescribeModels() {
  OrderedJson models = OrderedJson::object();
  for (const zoo::Entry& entry : zoo::Entries()) {
    const Result<fs::path> path = zoo::Locate(entry.name);
    models[entry.name] = path.ok() ? path->string() : "not on this disk";
  }
  return models;
}

OrderedJson DescribeCache() {
  const Result<fs::path> folder = service::ModelCache().Folder();
  if (!folder.ok()) return {{"missing", folder.status().message()}};
  uint64_t bytes = 0;
  int files = 0;
  std::error_code error;
  for (fs::directory_iterator i(*folder, error), end; !error && i != end; i.increment(error)) {
    std::error_code ignored;
    const uint64_t size = i->file_size(ignored);
    if (!ignored) bytes += size, ++files;
  }
  return {{"folder", folder->string()}, {"files", files}, {"bytes", bytes}};
}

OrderedJson DescribeEnvironment() {
  OrderedJson variables = OrderedJson::object();
  for (const char* name : {"SINEW_FORCE_TARGET", "SINEW_MODELS", "SINEW_MIRROR", "SINEW_LIBRARY_PATH", "XDG_CACHE_HOME",
                           "XDG_DATA_HOME"}) {
    if (const char* const value = std::getenv(name); value != nullptr) variables[name] = value;
  }
  return variables;
}

std::string Plain(const OrderedJson& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::vector<std::string> words;
  for (const OrderedJson& item : value) words.push_back(Plain(item));
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

int Doctor(bool json) {
  OrderedJson page = {{"sinew", kVersion},
                      {"compiler", __VERSION__},
                      {"processor", DescribeProcessor()},
                      {"gpus", DescribeGpus()},
                      {"modules", DescribeModules()},
                      {"models", DescribeModels()},
                      {"cache", DescribeCache()},
                      {"environment", DescribeEnvironment()}};
  if (json) {
    PrintJson(page);
    return kSuccess;
  }
  for (const auto& [section, content] : page.items()) {
    if (!content.is_object()) {
      Print("{}: {}\n", section, Plain(content));
      continue;
    }
    Print("{}:\n", section);
    for (const auto& [name, value] : content.items()) {
      const bool is_size = name.ends_with("bytes") && value.is_number_unsigned();
      Print("  {}: {}\n", name, is_size ? HumanBytes(value.get<uint64_t>()) : Plain(value));
    }
  }
  return kSuccess;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, Action* action) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("doctor", "Tell what this machine has, for bug reports");
  command->add_flag("--json", *json, "As JSON");
  command->footer("Examples:\n  sinew doctor\n  sinew doctor --json");
  command->callback([=] { *action = [=] { return Doctor(*json); }; });
}

}  // namespace sinew::cli
