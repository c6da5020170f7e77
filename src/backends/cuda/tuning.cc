// Measures convolutions, or looks up what was measured.
#include "backends/cuda/tuning.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <future>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "backends/cuda/measure.h"
#include "base/error.h"
#include "base/file.h"

namespace sinew::cuda {
namespace {

constexpr std::string_view kHeader = "sinew-cuda-tuning 1";
constexpr uint64_t kMaxFileBytes = 64 << 20;

// Runs `work` for 0 .. count-1 on some threads.
template <class Work>
void InParallel(size_t count, int threads, const Work& work) {
  if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::atomic<size_t> next{0};
  const auto loop = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> pool;
  for (size_t i = 1; i < std::min(count, static_cast<size_t>(threads)); ++i) pool.emplace_back(loop);
  loop();
  for (std::thread& thread : pool) thread.join();
}

}  // namespace

std::string TuningTable::Key(const DeviceInfo& device, const ConvProblem& problem, int alike) {
  std::string name = device.name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c <= ' ' || c == '|'; }, '_');
  return fmt::format("{}|{}|{}|x{}", name, device.cudnn_version, problem.Key(), alike);
}

const Choice* TuningTable::Find(const std::string& key) const {
  const auto it = choices_.find(key);
  return it == choices_.end() ? nullptr : &it->second;
}

Result<TuningTable> TuningTable::Parse(std::string_view text, std::string_view name) {
  TuningTable table;
  std::istringstream lines{std::string(text)};
  std::string line;
  if (!std::getline(lines, line) || line != kHeader) {
    return Corrupt(
        "{} is not a tuning file of this version of sinew: its first line is not \"{}\". Delete it, or name another",
        name, kHeader);
  }
  for (int number = 2; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string key, algorithm, time, more;
    double microseconds = 0;
    if (words >> key >> algorithm >> time && !(words >> more) && std::count(key.begin(), key.end(), '|') == 3) {
      const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), microseconds);
      if (error == std::errc() && end == time.data() + time.size() && microseconds > 0 && microseconds < 1e9) {
        table.choices_[key] = {algorithm, microseconds};
        continue;
      }
    }
    return Corrupt("{}, line {}: not \"problem algorithm microseconds\". Delete the line, or the file", name, number);
  }
  return table;
}

std::string TuningTable::Print() const {
  std::string text = fmt::format("{}\n", kHeader);
  for (const auto& [key, choice] : choices_)
    text += fmt::format("{} {} {:.3f}\n", key, choice.algorithm, choice.microseconds);
  return text;
}

Result<std::unique_ptr<Tuner>> Tuner::Open(std::shared_ptr<Device> device, std::filesystem::path file,
                                           const TunerOptions& options) {
  std::unique_ptr<Tuner> tuner(new Tuner(std::move(device), std::move(file), options));
  if (tuner->file_.empty()) return tuner;
  Result<std::string> text = ReadFile(tuner->file_, kMaxFileBytes);
  if (!text.ok()) {
    if (text.status().code() != StatusCode::kNotFound) return text.status();
    return tuner;
  }
  SINEW_ASSIGN_OR_RETURN(tuner->table_, TuningTable::Parse(*text, tuner->file_.string()));
  return tuner;
}

Status Tuner::Save() const {
  const std::lock_guard lock(mutex_);
  if (file_.empty() || measured_ == 0) return Status();
  SINEW_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(file_));
  SINEW_RETURN_IF_ERROR(file.Write(table_.Print()));
  return file.Commit();
}

Result<Tuner::Chosen> Tuner::ChooseOne(const TuningTask& task, const Made& made) {
  const std::string key = TuningTable::Key(device_->info(), task.problem, task.alike);
  if (const Choice* known = table_.Find(key)) {
    for (const auto& [name, algorithm] : made) {
      if (name == known->algorithm) return Chosen{*known, algorithm};
    }
  }
  if (!options_.measure) return Chosen{{made[0].first, 0}, made[0].second};
  Chosen best;
  Status last_failure;
  for (const auto& [name, algorithm] : made) {
    const Result<double> time = MeasureConv(device_, task.problem, *algorithm, task.alike, best.choice.microseconds);
    if (!time.ok()) {
      if (time.status().code() == StatusCode::kUnavailable) return time.status();
      last_failure = time.status();
      continue;
    }
    measurements_.push_back({key, name, *time});
    if (best.algorithm == nullptr || *time < best.choice.microseconds) best = {{name, *time}, algorithm};
  }
  if (best.algorithm == nullptr)
    return Prefixed(fmt::format("convolution {}: no algorithm ran", task.problem.Key()), last_failure);
  ++measured_;
  table_.Set(key, best.choice);
  return best;
}

Result<std::vector<std::string>> Tuner::NamesFor(const ConvProblem& problem) const {
  SINEW_ASSIGN_OR_RETURN(std::vector<std::string> names, device_->ConvCandidates(problem));
  if (!options_.without.empty())
    std::erase_if(names, [&](const std::string& name) { return name.starts_with(options_.without); });
  if (names.size() > static_cast<size_t>(options_.max_candidates))
    names.resize(static_cast<size_t>(options_.max_candidates));
  return names;
}

Result<std::vector<Tuner::Chosen>> Tuner::Choose(std::span<const TuningTask> tasks) {
  const std::lock_guard lock(mutex_);
  // Algorithms that are made side by side: `names` in turn until one can be made, or for measuring each by itself.
  struct Attempt {
    const ConvProblem* problem;
    std::vector<std::string> names;
    std::string name;
    std::shared_ptr<const ConvAlgorithm> algorithm;
    Status failure;
  };
  std::vector<Attempt> attempts;
  std::set<std::string> seen;
  for (const TuningTask& task : tasks) {
    const std::string key = TuningTable::Key(device_->info(), task.problem, task.alike);
    if (chosen_.contains(key) || !seen.insert(key).second) continue;
    SINEW_ASSIGN_OR_RETURN(std::vector<std::string> names, NamesFor(task.problem));
    if (const Choice* known = table_.Find(key)) {
      // First what was remembered; what this installation lacks is looked for anew.
      names.insert(names.begin(), known->algorithm);
      attempts.push_back({.problem = &task.problem, .names = std::move(names)});
    } else if (!options_.measure) {
      attempts.push_back({.problem = &task.problem, .names = std::move(names)});
    } else if (seen.insert(task.problem.Key()).second) {
      for (std::string& name : names) attempts.push_back({.problem = &task.problem, .names = {std::move(name)}});
    }
  }
  InParallel(attempts.size(), options_.threads, [&](size_t i) {
    Attempt& attempt = attempts[i];
    for (const std::string& name : attempt.names) {
      Result<std::unique_ptr<ConvAlgorithm>> made = device_->MakeConv(*attempt.problem, name);
      if (made.ok()) {
        attempt.name = name;
        attempt.algorithm = std::move(*made);
        return;
      }
      attempt.failure = made.status();
    }
  });
  std::vector<Chosen> chosen;
  for (const TuningTask& task : tasks) {
    const std::string key = TuningTable::Key(device_->info(), task.problem, task.alike);
    if (!chosen_.contains(key)) {
      Made made;
      Status failure = Unsupported("the device offers no algorithm for it");
      for (const Attempt& attempt : attempts) {
        if (!(*attempt.problem == task.problem)) continue;
        if (attempt.algorithm != nullptr) {
          made.push_back({attempt.name, attempt.algorithm});
        } else if (!attempt.failure.ok()) {
          failure = attempt.failure;
        }
      }
      if (made.empty()) return Prefixed(fmt::format("convolution {}", task.problem.Key()), failure);
      SINEW_ASSIGN_OR_RETURN(chosen_[key], ChooseOne(task, made));
    }
    chosen.push_back(chosen_[key]);
  }
  return chosen;
}

}  // namespace sinew::cuda
