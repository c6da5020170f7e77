// Times every algorithm of the kernel tables on the layers of real networks, on one thread. Each result is compared
// with a direct computation in double precision before it is timed.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "expected.h"
#include "family.h"
#include "layer.h"
#include "program.h"

namespace sinew::bench {
namespace {

// What is being measured. Google Benchmark calls a benchmark several times, to find how long it takes; algorithms of
// one layer follow one another.
class Current {
 public:
  explicit Current(simd::Target target) : target_(target) {}

  // Bound, and verified when it is asked for the first time.
  Result<const BoundAlgorithm*> Get(const Layer& layer, const Problem& problem, std::string_view name) {
    if (layer_ != &layer) {
      algorithm_.reset();
      trial_ = std::make_unique<Trial>(layer);
      layer_ = &layer;
    }
    if (algorithm_ == nullptr || name_ != name) {
      algorithm_ = std::make_unique<BoundAlgorithm>(Bind(problem, name, target_, trial_.get()));
      name_ = name;
      status_ = RunAndVerify(*algorithm_, trial_.get());
    }
    SINEW_RETURN_IF_ERROR(status_);
    return algorithm_.get();
  }

 private:
  simd::Target target_;
  const Layer* layer_ = nullptr;
  std::unique_ptr<Trial> trial_;
  std::string_view name_;
  std::unique_ptr<BoundAlgorithm> algorithm_;
  Status status_;
};

// A layer of a network finds its weights in memory: the layers before have driven them out of the caches.
void FlushCaches() {
  constexpr size_t kFlushFloats = size_t{64} << 18;  // 64 MB
  static std::vector<float> flush(kFlushFloats, 1.0f);
  for (float& value : flush) value = -value;
  benchmark::ClobberMemory();
}

int Main(int argc, char** argv) {
  Program program("Times every kernel algorithm on the layers of networks, one thread");
  std::vector<std::string> paths;
  bool cold = false;
  program.app()
      .add_option("SHAPES", paths, "Files of layers: bench/shapes/*.txt")
      ->required()
      ->check(CLI::ExistingFile);
  program.app().add_flag("--cold", cold, "Empty the caches before each run, so that weights come from memory");
  if (const auto code = program.Parse(argc, argv)) return *code;

  std::vector<std::vector<Layer>> files;
  for (const std::string& path : paths) {
    Result<std::vector<Layer>> layers = ReadLayers(path);
    if (!layers.ok()) {
      fmt::print(stderr, "conv_bench: {}\n", layers.status().message());
      return 2;
    }
    files.push_back(std::move(*layers));
  }

  Current current(program.target());
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string stem = std::filesystem::path(paths[i]).stem().string();
    for (const Layer& layer : files[i]) {
      const Result<Problem> problem = MakeProblem(layer);
      if (!problem.ok()) {
        fmt::print(stderr, "conv_bench: {}: {}\n", paths[i], problem.status().message());
        return 2;
      }
      for (const std::string_view name : AlgorithmsFor(*problem, program.target())) {
        const auto body = [&, problem = *problem, name](benchmark::State& state) {
          const Result<const BoundAlgorithm*> algorithm = current.Get(layer, problem, name);
          if (!algorithm.ok()) return program.Fail(state, algorithm.status().message());
          const Program::Rate rate =
              program.Time(state, MultiplyAdds(layer), (*algorithm)->run, cold ? FlushCaches : std::function<void()>());
          if ((*algorithm)->cost > 0) state.counters["cost%"] = 100 * rate.ShareOfPeak((*algorithm)->cost);
        };
        benchmark::RegisterBenchmark(fmt::format("{}/{}/{}", stem, layer.name, name).c_str(), body)
            ->Unit(benchmark::kMillisecond);
      }
    }
  }
  return program.Run();
}

}  // namespace
}  // namespace sinew::bench

int main(int argc, char** argv) { return sinew::bench::Main(argc, argv); }
