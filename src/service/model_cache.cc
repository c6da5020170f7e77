// The cache of compiled models. A file's name holds a hash of all that the results depend on but the resolution.
#include "service/model_cache.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/output_check.h"
#include "base/scratch_file.h"
#include "base/stopwatch.h"
#include "base/temporary.h"
#include "compiler/add_plans.h"
#include "program/program.h"
#include "program/reader.h"
#include "runtime/model_access.h"
#include "service/description_json.h"
#include "service/model_files.h"
#include "service/resolution_text.h"
#include "service/user_folders.h"
#include "simd/target.h"

namespace sinew::service {
namespace {

namespace fs = std::filesystem;

constexpr Resolution kDefaultResolution = {432, 368};
constexpr const char* kSuffix = ".sinew";
constexpr const char* kDescriptions = "descriptions";  // a folder

// Changes whenever the file does, without reading it.
std::string Fingerprint(const fs::path& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return path.string();
  return fmt::format("{}:{}:{}.{:09}", path.string(), info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

// Of a graph and what lies beside it: the shards of a TensorFlow.js model, the network of a Caffe model.
std::string GraphFingerprint(const fs::path& graph) {
  std::error_code error;
  const fs::path absolute = fs::weakly_canonical(graph, error);
  std::vector<NamedFile> files;
  AppendModelFiles("", absolute, &files);
  std::vector<std::string> parts;
  for (const NamedFile& file : files) parts.push_back(Fingerprint(file.path));
  std::sort(parts.begin(), parts.end());
  return fmt::format("{}|{}", absolute.string(), fmt::join(parts, "|"));
}

// Of the file that holds this compiler: a shared library, or the program.
std::string CompilerFingerprint() {
  Dl_info info = {};
  if (dladdr(reinterpret_cast<const void*>(&CompilerFingerprint), &info) != 0 && info.dli_fname != nullptr &&
      info.dli_fname[0] == '/') {
    return Fingerprint(info.dli_fname);
  }
  return Fingerprint("/proc/self/exe");
}

// The compiled model's first resolution for 0x0; kInvalidArgument for one that it does not have.
Result<CachedModel> LoadCompiled(const fs::path& path, std::vector<Resolution> wanted) {
  const Stopwatch stopwatch;
  SINEW_ASSIGN_OR_RETURN(Model model, Model::Load(path));
  const double load_seconds = stopwatch.Seconds();
  const std::vector<Resolution> has = model.resolutions();
  if (wanted[0] == Resolution{}) wanted[0] = has[0];
  for (const Resolution& resolution : wanted) {
    if (std::find(has.begin(), has.end(), resolution) != has.end()) continue;
    std::vector<std::string> names;
    for (const Resolution& one : has) names.push_back(ToString(one));
    return InvalidArgument("{}: was compiled for {}, not for {}: compile it with --net-resolution {}", path.string(),
                           fmt::join(names, ", "), ToString(resolution), ToString(resolution));
  }
  return CachedModel{std::move(model), wanted[0], load_seconds};
}

std::optional<size_t> FindPlan(const program::ModelT& model, const Resolution& resolution) {
  const auto found = std::find_if(model.plans.begin(), model.plans.end(), [&](const auto& plan) {
    return plan->input->width() == static_cast<uint32_t>(resolution.width) &&
           plan->input->height() == static_cast<uint32_t>(resolution.height);
  });
  if (found == model.plans.end()) return std::nullopt;
  return static_cast<size_t>(found - model.plans.begin());
}

// What the cache keeps, with these resolutions of all that were added to it, in their order: as if nothing else were
// there. kNotFound for one that it does not have.
Result<CachedModel> LoadKept(const fs::path& path, const std::vector<Resolution>& wanted) {
  const Stopwatch stopwatch;
  SINEW_ASSIGN_OR_RETURN(program::Artifact artifact, program::Artifact::Load(path));
  std::vector<size_t> numbers;
  for (const Resolution& resolution : wanted) {
    const std::optional<size_t> plan = FindPlan(artifact.model(), resolution);
    if (!plan) return NotFound("{}: has nothing for {}", path.string(), ToString(resolution));
    numbers.push_back(*plan);
  }
  artifact.SelectPlans(numbers);
  SINEW_ASSIGN_OR_RETURN(Model model, runtime::ModelAccess::Take(std::move(artifact), {}, path.string()));
  return CachedModel{std::move(model), wanted[0], stopwatch.Seconds()};
}

// Those of `wanted` that the cache's file lacks; all where there is none.
std::vector<Resolution> Missing(const fs::path& path, const std::vector<Resolution>& wanted) {
  const Result<program::Artifact> artifact = program::Artifact::Load(path);
  if (!artifact.ok()) return wanted;
  std::vector<Resolution> missing;
  std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(missing),
               [&](const Resolution& resolution) { return !FindPlan(artifact->model(), resolution); });
  return missing;
}

// What cannot be written to now would fail after minutes of compiling.
Status CheckWritable(const fs::path& folder) {
  SINEW_RETURN_IF_ERROR(MakeFolder(folder));
  return AtomicFile::Create(folder / "probe").status();
}

// Says that the entry was used now: the ones used last are removed last.
// The time of writing stays: by it, runs that use the entry find out whether it was written to (MappedFile).
void Touch(const fs::path& path) {
  const timespec times[] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
  utimensat(AT_FDCWD, path.c_str(), times, 0);
}

struct File {
  fs::path path;
  uint64_t bytes = 0;
  timespec used = {};
};

// The one that was used last comes first. Files that vanish meanwhile are passed over.
Result<std::vector<File>> ListModels(const fs::path& folder) {
  std::vector<File> files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().extension() != kSuffix || !entry->is_regular_file(ignored) || entry->is_symlink(ignored))
      continue;
    struct stat info;
    if (::stat(entry->path().c_str(), &info) == 0)
      files.push_back({entry->path(), static_cast<uint64_t>(info.st_size), info.st_atim});
  }
  if (error) return IoError("{}: cannot be read: {}", folder.string(), error.message());
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) {
    return std::pair(a.used.tv_sec, a.used.tv_nsec) > std::pair(b.used.tv_sec, b.used.tv_nsec);
  });
  return files;
}

// Removes compiled models beyond the first `max_bytes` of those used last, except `keep`.
Result<RemovedFiles> RemoveBeyond(const fs::path& folder, uint64_t max_bytes, const fs::path& keep) {
  SINEW_ASSIGN_OR_RETURN(const std::vector<File> files, ListModels(folder));
  RemovedFiles removed;
  Status failure;
  uint64_t kept_bytes = 0;
  for (const File& file : files) {
    if (file.path == keep || kept_bytes + file.bytes <= max_bytes) {
      kept_bytes += file.bytes;
      continue;
    }
    std::error_code error;
    if (fs::remove(file.path, error)) {
      ++removed.files;
      removed.bytes += file.bytes;
    } else if (error) {
      failure = IoError("{}: cannot be removed: {}", file.path.string(), error.message());
    }
  }
  if (!failure.ok()) return failure;
  return removed;
}

// A folder that is gone, with all in it, when this is.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> Create() {
    std::error_code error;
    const fs::path parent = fs::temp_directory_path(error);
    std::string name = ((error ? fs::path("/tmp") : parent) / "sinew-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return IoError("{}: {}", name, std::generic_category().message(errno));
    return TemporaryFolder(name);
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

bool IsDescribed(const fs::path& path) {
  const Result<program::Artifact> artifact = program::Artifact::Load(path);
  return artifact.ok() && artifact->description();
}

// Compiles those resolutions of the options that `artifact` does not have yet, each by itself, and adds them: what is
// computed at one depends on no other that was asked for before. kUnavailable where one does not go together with what
// is there (program::CheckSameNetwork): some networks give other outputs at odd resolutions.
Status CompileMissing(const fs::path& graph, const fs::path& artifact, const CompileOptions& options) {
  for (const Resolution& resolution : options.resolutions) {
    if (Missing(artifact, {resolution}).empty()) continue;
    CompileOptions one = options;
    one.resolutions = {resolution};
    one.artifact_name = artifact;
    SINEW_ASSIGN_OR_RETURN(ScratchFile compiled, ScratchFile::CreateBeside(artifact));
    SINEW_RETURN_IF_ERROR(Compile(graph, compiled.path(), one).status());
    if (const Status held = compiled.Hold(); !held.ok()) return Unavailable("{}", held.message());
    Status added = AddPlans(&compiled, artifact, {.keep_existing = true}).status();
    const bool is_damaged = added.code() == StatusCode::kCorrupt || added.code() == StatusCode::kIncompatible;
    const bool is_worse =
        added.code() == StatusCode::kInvalidArgument && !IsDescribed(artifact) && IsDescribed(compiled.path());
    if (is_damaged || is_worse) {
      // Made anew, from this one on.
      std::error_code ignored;
      fs::remove(artifact, ignored);
      added = AddPlans(&compiled, artifact, {.keep_existing = true}).status();
    }
    if (added.code() == StatusCode::kInvalidArgument) return Unavailable("{}", added.message());
    SINEW_RETURN_IF_ERROR(added);
  }
  return Status();
}

// What the compiled model is for: an instruction set and precision, or a kind of device.
Result<std::string> TargetName(const ModelRequest& request) {
  if (request.backend != program::kCpuBackend) return request.backend;
  SINEW_ASSIGN_OR_RETURN(const simd::Target target, simd::DefaultTarget());
  const std::string name(simd::TargetName(target));
  return request.precision == Precision::kAuto ? name : fmt::format("{} in {}", name, PrecisionName(request.precision));
}

}  // namespace

ModelCache::ModelCache(Options options) : options_(std::move(options)) {}

Result<fs::path> ModelCache::Folder() const {
  if (!options_.folder.empty()) return options_.folder;
  SINEW_ASSIGN_OR_RETURN(const fs::path cache, UserCacheFolder());
  return cache / "compiled";
}

// A compiled model holds its description, and its network.
Status ModelCache::CheckNotCompiled(const std::string& model, bool is_compiled) const {
  if (!is_compiled || (!options_.description && options_.prototxt.empty())) return Status();
  return InvalidArgument("{}: is compiled already: a description or network must be given to `sinew compile`", model);
}

Result<Resolution> ModelCache::DefaultResolution(const std::string& model) const {
  SINEW_ASSIGN_OR_RETURN(const ModelFile file, FindModelFile(model));
  if (!IsCompiledModel(file.path)) return file.suggested.value_or(kDefaultResolution);
  SINEW_ASSIGN_OR_RETURN(const CachedModel loaded, LoadCompiled(file.path, {Resolution{}}));
  return loaded.resolution;
}

Result<ModelDescription> ModelCache::Description(const std::string& model) const {
  SINEW_ASSIGN_OR_RETURN(const ModelFile file, FindModelFile(model));
  const bool is_compiled = IsCompiledModel(file.path);
  SINEW_RETURN_IF_ERROR(CheckNotCompiled(model, is_compiled));
  if (options_.description) return *options_.description;
  if (!is_compiled) return SourceDescription(file.path);
  SINEW_ASSIGN_OR_RETURN(const CachedModel loaded, LoadCompiled(file.path, {Resolution{}}));
  if (loaded.model.description() != nullptr) return *loaded.model.description();
  return Unsupported("{}: is not known to be a pose network", model);
}

// Reading hundreds of megabytes of weights to tell the network's outputs is done once.
Result<ModelDescription> ModelCache::SourceDescription(const fs::path& graph) const {
  const Result<fs::path> folder = Folder();
  fs::path path;
  if (folder.ok()) {
    const std::string key = fmt::format("{}|{}|{}", GraphFingerprint(graph), CompilerFingerprint(),
                                        options_.prototxt.empty() ? "" : Fingerprint(options_.prototxt));
    path = *folder / kDescriptions / fmt::format("{:016x}.json", XXH3_64bits(key.data(), key.size()));
    if (Result<ModelDescription> kept = ReadModelDescription(path); kept.ok()) return kept;
  }
  SINEW_ASSIGN_OR_RETURN(ModelDescription description, DescribeSource(graph, options_.prototxt));
  // Where nothing can be kept, it is found out again next time.
  if (folder.ok() && MakeFolder(path.parent_path()).ok()) (void)WriteFile(path, ToJson(description));
  return description;
}

Result<CachedModel> ModelCache::Load(const ModelRequest& request) const {
  std::vector<Resolution> resolutions = {request.resolution};
  for (const Resolution& more : request.more_resolutions) {
    // Scales that are close to each other may be the same.
    if (std::find(resolutions.begin(), resolutions.end(), more) == resolutions.end()) resolutions.push_back(more);
  }
  SINEW_ASSIGN_OR_RETURN(const ModelFile file, FindModelFile(request.model));
  const bool is_compiled = IsCompiledModel(file.path);
  SINEW_RETURN_IF_ERROR(CheckNotCompiled(request.model, is_compiled));
  if (is_compiled) return LoadCompiled(file.path, resolutions);
  SINEW_ASSIGN_OR_RETURN(const std::string target, TargetName(request));
  if (resolutions[0] == Resolution{}) resolutions[0] = file.suggested.value_or(kDefaultResolution);
  const auto sizes = [](const std::vector<Resolution>& of) {
    std::vector<std::string> names;
    for (const Resolution& resolution : of) names.push_back(ToString(resolution));
    return fmt::format("{}", fmt::join(names, ","));
  };
  CompileOptions options;
  options.resolutions = resolutions;
  options.name = fs::path(request.model).stem().string();
  options.backend = request.backend;
  if (request.backend == program::kCpuBackend) options.precision = request.precision;
  options.max_error = DefaultMaxError(options.precision);
  options.description = options_.description;
  options.prototxt = options_.prototxt;

  const Result<fs::path> folder = Folder();
  const auto compile_for_this_process = [&](const Status& reason) {
    Log(fmt::format("compiling {} for {} on {}; it cannot be kept ({}) and will be compiled again next time",
                    request.model, sizes(resolutions), target, reason.message()));
    return CompileForThisProcess(file.path, options);
  };
  if (!folder.ok()) return compile_for_this_process(folder.status());
  // The compiler itself is part of what the result depends on. All resolutions are in one file, and share weights.
  const std::string key = fmt::format("{}|{}|{}|{}|{}", GraphFingerprint(file.path), target, CompilerFingerprint(),
                                      options_.description ? ToJson(*options_.description) : "",
                                      options_.prototxt.empty() ? "" : Fingerprint(options_.prototxt));
  // A name cut short still fits into a file system's 255 bytes with the rest.
  constexpr size_t kMaxNameBytes = 150;
  const fs::path artifact = *folder / fmt::format("{}-{}-{:016x}{}", options.name.substr(0, kMaxNameBytes), target,
                                                  XXH3_64bits(key.data(), key.size()), kSuffix);
  if (Result<CachedModel> cached = LoadKept(artifact, resolutions); cached.ok()) {
    Touch(artifact);
    return cached;
  }
  if (const Status status = CheckWritable(*folder); !status.ok()) return compile_for_this_process(status);
  std::error_code error;
  Log(fmt::format("compiling {} for {} on {}; {} {}", request.model, sizes(Missing(artifact, resolutions)), target,
                  fs::exists(artifact, error) ? "added to" : "kept as", artifact.string()));
  if (const Status compiled = CompileMissing(file.path, artifact, options); !compiled.ok()) {
    // A full disk, say.
    const bool is_of_the_cache = compiled.code() == StatusCode::kIo || compiled.code() == StatusCode::kUnavailable;
    if (is_of_the_cache) return compile_for_this_process(compiled);
    return compiled;
  }
  Result<CachedModel> cached = LoadKept(artifact, resolutions);
  // Removed meanwhile by another process, to make room.
  if (!cached.ok()) return compile_for_this_process(cached.status());
  // What cannot be removed now is not worth an error.
  (void)RemoveBeyond(*folder, options_.max_bytes, artifact);
  return cached;
}

// The file is mapped when its folder goes.
Result<CachedModel> ModelCache::CompileForThisProcess(const fs::path& graph, const CompileOptions& options) const {
  SINEW_ASSIGN_OR_RETURN(const TemporaryFolder folder, TemporaryFolder::Create());
  const fs::path artifact = folder.path() / fmt::format("model{}", kSuffix);
  SINEW_RETURN_IF_ERROR(CompileMissing(graph, artifact, options));
  return LoadKept(artifact, options.resolutions);
}

pipeline::ModelProvider ModelCache::Provider(std::string model, std::string_view backend, Precision precision) const {
  return [this, model = std::move(model), backend = std::string(backend),
          precision](std::span<const Resolution> resolutions) -> Result<Model> {
    ModelRequest request{model, resolutions[0], {resolutions.begin() + 1, resolutions.end()}, backend, precision};
    SINEW_ASSIGN_OR_RETURN(CachedModel cached, Load(request));
    return std::move(cached.model);
  };
}

Result<RemovedFiles> ModelCache::Clean(uint64_t max_bytes) const {
  SINEW_ASSIGN_OR_RETURN(const fs::path folder, Folder());
  SINEW_ASSIGN_OR_RETURN(RemovedFiles removed, RemoveBeyond(folder, max_bytes, {}));
  removed.files += RemoveStaleTemporaries(folder);
  std::error_code ignored;
  fs::remove_all(folder / kDescriptions, ignored);
  return removed;
}

}  // namespace sinew::service
