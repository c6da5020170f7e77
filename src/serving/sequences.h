// Sequences of pictures whose people keep their ids: a tracker each, bounded in number and in time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "serving/error.h"
#include "serving/scheduler.h"
#include "sinew/model_description.h"
#include "sinew/track.h"

namespace sinew::serving {

// Which sequence a picture belongs to. An empty id: none.
struct SequenceStep {
  std::string id;
  bool start = false, end = false;
};

struct SequenceOptions {
  size_t max_sequences = 1024;
  double idle_seconds = 60;  // after which a sequence is forgotten
};

// Thread-safe; pictures of one sequence must come one after the other.
class Sequences {
 public:
  using Ids = std::vector<int64_t>;

  explicit Sequences(const SequenceOptions& options) : options_(options) {}

  // The ids of the people of a sequence's next picture, which was taken at `now`; `model` is part of the sequence's
  // name. kInvalidArgument where a sequence was not started, or its pictures come out of order; kUnavailable where
  // there are too many sequences.
  Result<Ids> Follow(const std::string& model, const SequenceStep& step, Clock::time_point now,
                     std::span<const Person> people, const Skeleton& skeleton);

  size_t count() const;

 private:
  struct Entry {
    explicit Entry(Tracker t) : tracker(std::move(t)) {}
    std::mutex mutex;
    Tracker tracker;
    Clock::time_point last;  // under the map's lock
  };
  void DropIdle(Clock::time_point now);

  const SequenceOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
};

}  // namespace sinew::serving
