// The models in use, by resolution; shared by all lanes of a pipeline.
#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <span>
#include <vector>

#include "sinew/model.h"
#include "sinew/status.h"

namespace sinew::pipeline {

// Loads, or compiles, a model that has all of these resolutions.
using ModelProvider = std::function<Result<Model>(std::span<const Resolution>)>;

// Keeps the models that were asked for last, in memory. Thread-safe; one model is provided at a time, and others wait
// for it.
class RecentModels {
 public:
  explicit RecentModels(ModelProvider provider) : provider_(std::move(provider)) {}
  Result<Model> Get(const std::vector<Resolution>& resolutions);

 private:
  struct Entry {
    std::vector<Resolution> resolutions;
    Model model;
  };
  const ModelProvider provider_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // the one asked for last comes first
};

}  // namespace sinew::pipeline
