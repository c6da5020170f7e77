// Measuring one algorithm, and the file of measurements.
#include "compiler/plan/tuner.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "backends/cpu/tables.h"
#include "base/aligned_buffer.h"
#include "base/check.h"
#include "base/error.h"
#include "base/file.h"
#include "base/processor.h"
#include "program/step_problem.h"
#include "sinew/version.h"

namespace sinew::plan {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFileVersion = 1;
// The best of a few: what disturbs a measurement only makes it longer.
constexpr int kRepeats = 3;
// More than the caches of most machines hold.
constexpr size_t kFlushFloats = size_t{64} << 18;

std::string MakeKey(const cpu::ConvProblem& p, std::string_view algorithm) {
  return fmt::format("{}x{}x{} to {}x{}x{} window {}x{} stride {}x{} dilation {}x{} pad {}x{}{} {}", p.in_h, p.in_w,
                     p.in_c, p.out_h, p.out_w, p.out_k, p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.dilation_h,
                     p.dilation_w, p.pad_top, p.pad_left, p.max_pool ? " pooled" : "", algorithm);
}

std::string MakeKey(const cpu::SeparableProblem& p, std::string_view algorithm) {
  const cpu::DepthwiseProblem& d = p.depthwise;
  return fmt::format("separable {}x{}x{} to {}x{}x{} window {}x{} stride {}x{} dilation {}x{} pad {}x{} {}", d.in_h,
                     d.in_w, d.channels, d.out_h, d.out_w, p.out_k, d.kernel_h, d.kernel_w, d.stride_h, d.stride_w,
                     d.dilation_h, d.dilation_w, d.pad_top, d.pad_left, algorithm);
}

// Neither zeros nor denormals, which some processors treat in another way.
AlignedBuffer<float> Filled(size_t floats) {
  AlignedBuffer<float> buffer(floats);
  for (size_t i = 0; i < floats; ++i) buffer[i] = 0.01f * static_cast<float>(1 + i % 13);
  return buffer;
}

AlignedBuffer<float> FilledPicture(int height, int width, int channels) {
  return Filled(static_cast<size_t>(height) * static_cast<size_t>(width) * static_cast<size_t>(channels));
}

AlignedBuffer<float> FilledBias(int channels) {
  return Filled(static_cast<size_t>(cpu::RoundUpToChannelBlock(channels)));
}

// In a network, inputs have just been written, while all other weights were read since the last picture.
template <class Problem, class Args>
double BestRun(const Problem& problem, const cpu::Algorithm<Problem, Args>& algorithm, simd::Target target,
               const Args& args, AlignedBuffer<float>* input) {
  AlignedBuffer<float> scratch = Filled(algorithm.scratch_floats(problem));
  AlignedBuffer<float> flush = Filled(kFlushFloats);
  const auto run = algorithm.run_for(target);
  double best = HUGE_VAL;
  for (int i = 0; i < kRepeats; ++i) {
    for (float& value : flush) value = -value;
    for (float& value : *input) value = -value;
    const Clock::time_point start = Clock::now();
    run(problem, args, 0, algorithm.task_count(problem), scratch.data());
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

double Measure(const cpu::ConvProblem& p, const cpu::ConvAlgorithm& algorithm, simd::Target target) {
  const int out_h = p.max_pool ? (p.out_h + 1) / 2 : p.out_h, out_w = p.max_pool ? (p.out_w + 1) / 2 : p.out_w;
  AlignedBuffer<float> input = FilledPicture(p.in_h, p.in_w, p.in_c), output = FilledPicture(out_h, out_w, p.out_k);
  const AlignedBuffer<float> packed = Filled(algorithm.packed_floats(p)), bias = FilledBias(p.out_k);
  return BestRun(p, algorithm, target,
                 {{input.data(), p.in_h, p.in_w, p.in_c, static_cast<size_t>(p.in_c)},
                  {output.data(), out_h, out_w, p.out_k, static_cast<size_t>(p.out_k)},
                  packed.data(),
                  bias.data()},
                 &input);
}

double Measure(const cpu::SeparableProblem& p, const cpu::SeparableAlgorithm& algorithm, simd::Target target) {
  const cpu::DepthwiseProblem& d = p.depthwise;
  AlignedBuffer<float> input = FilledPicture(d.in_h, d.in_w, d.channels),
                       output = FilledPicture(d.out_h, d.out_w, p.out_k);
  const AlignedBuffer<float> packed = Filled(algorithm.packed_floats(p));
  const AlignedBuffer<float> depthwise_bias = FilledBias(d.channels), pointwise_bias = FilledBias(p.out_k);
  return BestRun(p, algorithm, target,
                 {{input.data(), d.in_h, d.in_w, d.channels, static_cast<size_t>(d.channels)},
                  {output.data(), d.out_h, d.out_w, p.out_k, static_cast<size_t>(p.out_k)},
                  packed.data(),
                  depthwise_bias.data(),
                  pointwise_bias.data()},
                 &input);
}

}  // namespace

Result<Tuner> Tuner::Open(std::filesystem::path path, simd::Target target) {
  Tuner tuner(std::move(path), target);
  std::error_code error;
  if (!std::filesystem::exists(tuner.path_, error)) return tuner;
  SINEW_ASSIGN_OR_RETURN(const std::string text, ReadFile(tuner.path_));
  if (const Status status = tuner.Read(text); !status.ok()) return Prefixed(tuner.path_.string(), status);
  return tuner;
}

Status Tuner::Read(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  const auto has = [&](const char* key, auto is) {
    return json.is_object() && json.contains(key) && (json[key].*is)();
  };
  if (!has("sinew_tuning", &nlohmann::json::is_number_integer) || !has("processor", &nlohmann::json::is_string) ||
      !has("version", &nlohmann::json::is_string) || !has("seconds", &nlohmann::json::is_object)) {
    return Corrupt("is not a tuning file: delete it or name another with --tuning-file");
  }
  if (json["sinew_tuning"] != kFileVersion || json["version"] != kVersion) return Status();
  if (json["processor"] != ProcessorName()) {
    return Incompatible("was made on \"{}\", this is \"{}\": name another with --tuning-file",
                        json["processor"].get<std::string>(), ProcessorName());
  }
  for (const auto& [target, times] : json["seconds"].items()) {
    if (!times.is_object()) return Corrupt("its times for \"{}\" are not an object", target);
    for (const auto& [key, seconds] : times.items()) {
      if (!seconds.is_number() || !(seconds.get<double>() > 0))
        return Corrupt("its time of \"{}\" is not a positive number", key);
      seconds_[target][key] = seconds.get<double>();
    }
  }
  return Status();
}

template <class Measure>
double Tuner::Remembered(const std::string& key, const Measure& measure) {
  ++asked_;
  const auto [entry, is_new] = seconds_[std::string(simd::TargetName(target_))].try_emplace(key, 0.0);
  if (is_new) {
    entry->second = measure();
    ++measured_;
  }
  return entry->second;
}

bool Tuner::Measures(const program::StepT& step) {
  return step.what.type == program::StepKind::Conv || step.what.type == program::StepKind::Separable;
}

double Tuner::Seconds(const program::StepT& step, std::string_view algorithm) {
  const Result<kernels::Problem> problem = program::MakeProblem(step);
  SINEW_CHECK(problem.ok());
  const auto seconds = [&](const auto& p) {
    const auto* const row = cpu::FindAlgorithm(cpu::TableFor(p), algorithm);
    SINEW_CHECK(row != nullptr);
    return Remembered(MakeKey(p, algorithm), [&] { return Measure(p, *row, target_); });
  };
  if (const auto* const conv = std::get_if<kernels::ConvProblem>(&*problem)) return seconds(*conv);
  const auto* const separable = std::get_if<kernels::SeparableProblem>(&*problem);
  SINEW_CHECK(separable != nullptr);
  return seconds(*separable);
}

Status Tuner::Save() const {
  if (path_.has_parent_path()) SINEW_RETURN_IF_ERROR(MakeFolder(path_.parent_path()));
  const nlohmann::json json = {
      {"sinew_tuning", kFileVersion}, {"processor", ProcessorName()}, {"version", kVersion}, {"seconds", seconds_}};
  return WriteFile(path_, json.dump(1) + "\n");
}

}  // namespace sinew::plan
