// A queue on NATS JetStream: three streams of one name.
//   NAME          subject NAME.tasks: a work queue, from which a task goes when it is acknowledged
//   NAME-results  subjects NAME.results.ID.PART: what was found, as JSON lines; one message a subject, so that a task
//                 that is done twice has one result all the same
//   NAME-dead     subjects NAME.dead.ID: tasks that were given up, with the reason
// All are kept on the server's disk. Connections that break are made again, for ever.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sinew/status.h"

namespace sinew::worker {

struct QueueOptions {
  std::string url = "nats://127.0.0.1:4222", name = "sinew";
  std::string credentials_file, ca_file;
  double ack_seconds = 30;  // a task that is neither done nor reported as in work for so long is given to another
  int64_t max_ack_pending = 1000;  // tasks in work at all workers together
};

// A task in the hands of a worker. Dropped without Done or GiveBack, it is given to another after ack_seconds.
class Delivery {
 public:
  virtual ~Delivery() = default;
  virtual std::string_view text() const = 0;
  virtual int64_t deliveries() const = 0;  // this one counted
  // Still at it.
  virtual void Extend() = 0;
  // Returns when the server knows. kUnavailable: it may be given to somebody again.
  virtual Status Done() = 0;
  // Somebody else may have it, after a while.
  virtual void GiveBack(double seconds) = 0;
};

// One thread at a time.
class TaskFeed {
 public:
  virtual ~TaskFeed() = default;
  // Nothing where none came within `seconds`, or the server is away.
  virtual std::unique_ptr<Delivery> Next(double seconds) = 0;
};

struct StoredResult {
  std::string id;
  int64_t part = 0;
  bool is_last = false;
  int64_t records = 0, failed = 0;
  std::string lines;  // of a dead task: the reason
};

struct QueueCounts {
  uint64_t tasks = 0, results = 0, dead = 0;  // messages that are there now
};

// Thread-safe, but for what it opens.
class Queue {
 public:
  virtual ~Queue() = default;
  // kUnavailable where no server answers.
  static Result<std::unique_ptr<Queue>> Connect(const QueueOptions& options);

  virtual Result<std::unique_ptr<TaskFeed>> OpenFeed() = 0;
  // Many at a time: kept by the server once Flush has returned. The same id twice within two minutes is one task.
  virtual Status Submit(const std::string& id, const std::string& task) = 0;
  virtual Status Flush() = 0;
  // Returns when the server has it.
  virtual Status StoreResult(const StoredResult& result) = 0;
  virtual Status StoreDead(const std::string& id, const std::string& task, const std::string& reason) = 0;
  // Hands over results and dead tasks, earlier ones first, until `taken` returns false; `idle` is asked now and then
  // while none comes, and ends it by false, too.
  virtual Status Follow(const std::function<bool(StoredResult result, bool is_dead)>& taken,
                        const std::function<bool()>& idle) = 0;
  virtual Result<QueueCounts> Counts() = 0;
};

}  // namespace sinew::worker
