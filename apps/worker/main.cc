// sinew-worker: what `sinew worker` and `sinew submit` start.
#include <CLI/CLI.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "analysis_flags.h"
#include "base/error.h"
#include "base/file.h"
#include "base/guard.h"
#include "base/printable.h"
#include "metrics.h"
#include "pipeline/recent_models.h"
#include "queue.h"
#include "runtime/thread_pool.h"
#include "service/core_choice.h"
#include "service/model_cache.h"
#include "service/store_flags.h"
#include "sinew/version.h"
#include "submit.h"
#include "worker.h"

namespace sinew::worker {
namespace {

enum ExitCode : int { kSuccess = 0, kFailure = 1, kUsage = 2, kPartly = 3, kInterrupted = 128 };

std::atomic<bool> g_stop = false;
std::atomic<int> g_signal = 0;

// The first one drains; a second one ends at once.
void OnSignal(int signal) {
  g_signal = signal;
  g_stop = true;
  std::signal(signal, SIG_DFL);
}

void Print(std::FILE* stream, const std::string& line) {
  std::fprintf(stream, "%s\n", Printable(line).c_str());
  std::fflush(stream);
}
void PrintError(const std::string& line) { Print(stderr, "sinew: " + line); }

int Fail(const Status& status) {
  PrintError(status.message());
  return status.code() == StatusCode::kInvalidArgument ? kUsage : kFailure;
}

struct WorkerFlags {
  QueueOptions queue;
  AnalysisFlags analysis;
  WorkerOptions worker;
  int threads = 0, cores = 0;
  std::string metrics_file;
  bool quiet = false;
};

void AddQueueFlags(CLI::App* command, QueueOptions* queue) {
  command->add_option("--nats", queue->url, "The queue's server: nats://[USER:PASSWORD@]HOST:PORT, tls://...")
      ->envname("SINEW_NATS")
      ->type_name("URL")
      ->capture_default_str();
  command->add_option("--stream", queue->name, "The queue's name")->capture_default_str();
  command->add_option("--nats-creds", queue->credentials_file, "The user's credentials file")->check(CLI::ExistingFile);
  command->add_option("--nats-ca", queue->ca_file, "Certificates of authorities to trust, of the queue's server")
      ->check(CLI::ExistingFile);
}

Status RunWorker(WorkerFlags* flags) {
  const service::ModelCache models({.log = [](std::string_view line) { PrintError(std::string(line)); }});
  SINEW_RETURN_IF_ERROR(Complete(models, &flags->analysis));
  SINEW_ASSIGN_OR_RETURN(const service::CoreChoice cores,
                         service::ChooseCores(flags->threads, flags->cores, false, runtime::AvailableProcessors()));
  WorkerOptions& options = flags->worker;
  options.analysis = flags->analysis.analysis;
  options.analysis.threads = cores.threads;
  options.lanes = cores.lanes;
  options.ack_seconds = flags->queue.ack_seconds;
  if (!flags->quiet) options.log = [](std::string_view line) { PrintError(std::string(line)); };
  pipeline::RecentModels recent(models.Provider(flags->analysis.model));
  SINEW_RETURN_IF_ERROR(pipeline::CheckAnalysis(options.analysis, &recent));
  SINEW_ASSIGN_OR_RETURN(options.pinned, Pin(models, flags->analysis));
  if (!options.results.empty()) SINEW_RETURN_IF_ERROR(MakeFolder(options.results));
  SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<Queue> queue, Queue::Connect(flags->queue));
  WorkerCounts counts;
  if (!flags->quiet)
    PrintError(fmt::format("working on {}: {} tasks at a time, network {}, options {}", flags->queue.name,
                           options.lanes, options.pinned.artifact, options.pinned.options));
  std::atomic<bool> ended = false;
  const auto report = [&] {
    if (flags->metrics_file.empty()) return;
    const Status status = WriteFile(flags->metrics_file, MetricsText(counts, flags->queue.name), {.sync = false});
    if (!status.ok()) PrintError(status.message());
  };
  std::thread reporter([&] {
    for (int tick = 0; !ended; ++tick) {
      if (tick % 50 == 0) report();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  const Status status = Work(options, queue.get(), &recent, &g_stop, &counts);
  ended = true;
  reporter.join();
  report();
  if (!flags->quiet)
    PrintError(fmt::format("{} tasks done, {} records, {} of them failed, {} people; {} tasks given up",
                           counts.done.load(), counts.records.load(), counts.failed.load(), counts.people.load(),
                           counts.dead.load()));
  return status;
}

struct SubmitFlags {
  QueueOptions queue;
  AnalysisFlags analysis;
  SubmitOptions submit;
  std::vector<std::string> inputs;
  bool no_follow = false, quiet = false;
};

int RunSubmit(SubmitFlags* flags) {
  int64_t unreadable = 0;
  SubmitOptions& options = flags->submit;
  options.follow = !flags->no_follow;
  options.skipped = [](const media::SkippedFile& file) { PrintError(file.name + ": skipped: " + file.reason); };
  options.failed_input = [&](const std::string&, const Status& status) {
    ++unreadable;
    PrintError(status.message());
  };
  options.dead = [](const std::string& id, const std::string& reason) {
    PrintError(fmt::format("task {} was given up: {}", id, reason));
  };
  if (!flags->quiet) {
    options.progress = [](const Progress& p) {
      const int64_t left = p.submitted - p.done - p.dead;
      PrintError(fmt::format("{} of {} done, {} records failed, {} given up; {:.1f}/s, {}", p.done, p.submitted,
                             p.failed, p.dead, p.rate,
                             p.rate > 0 ? fmt::format("{:.0f} s left", static_cast<double>(left) / p.rate)
                                        : std::string("nobody is at work")));
    };
  }
  const auto run = [&]() -> Result<Progress> {
    if (!flags->analysis.model.empty()) {
      const service::ModelCache models;
      SINEW_RETURN_IF_ERROR(Complete(models, &flags->analysis));
      SINEW_ASSIGN_OR_RETURN(options.pinned, Pin(models, flags->analysis));
    }
    SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<Queue> queue, Queue::Connect(flags->queue));
    return Submit(flags->inputs, options, queue.get(), &g_stop);
  };
  const Result<Progress> progress = CatchAll(run);
  if (!progress.ok()) return Fail(progress.status());
  Print(stdout, fmt::format("{} tasks submitted, {} done with {} records ({} failed), {} given up", progress->submitted,
                            progress->done, progress->records, progress->failed, progress->dead));
  if (g_signal != 0) return kInterrupted + g_signal;
  if (progress->submitted == 0) return kFailure;
  return unreadable > 0 || progress->failed > 0 || progress->dead > 0 ? kPartly : kSuccess;
}

int Main(int argc, char** argv) {
  CLI::App app("sinew-worker: pose estimation from a queue");
  app.set_version_flag("--version", std::string("sinew ") + kVersion);
  app.require_subcommand(1);
  int code = kSuccess;
  WorkerFlags worker;
  CLI::App* work =
      app.add_subcommand("worker", "Take pictures and videos from a queue, find the people, store the results");
  AddQueueFlags(work, &worker.queue);
  work->add_option("--model", worker.analysis.model, "A name of the zoo, a graph, or a compiled model")->required();
  AddAnalysisFlags(work, &worker.analysis);
  work->add_option("--write-results", worker.worker.results,
                   "Also ID.jsonl for each task, in a folder or s3://bucket/prefix")
      ->type_name("DIR");
  work->add_option("--threads", worker.threads, "Threads of each network (default: 1)");
  work->add_option("--cores", worker.cores, "Tasks at a time (default: processors / threads)");
  work->add_option("--ack-wait", worker.queue.ack_seconds,
                   "Seconds after which a silent worker's task is given to another")
      ->check(CLI::Range(1.0, 86400.0))
      ->capture_default_str();
  work->add_option("--max-ack-pending", worker.queue.max_ack_pending, "Tasks in work at all workers together")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  work->add_option("--max-deliveries", worker.worker.max_deliveries, "So often a task is tried before it is given up")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  work->add_option("--metrics-file", worker.metrics_file,
                   "Counts for Prometheus, as the node exporter's textfile collector reads them")
      ->type_name("FILE");
  work->add_flag("-q,--quiet", worker.quiet, "Print errors only");
  work->footer("SIGTERM lets tasks in work be finished, and takes no more.");
  SubmitFlags submit;
  CLI::App* put = app.add_subcommand("submit", "Put pictures and videos on a queue, and follow their progress");
  put->add_option("INPUT", submit.inputs, "Pictures, videos, folders, 'patterns*.jpg', @lists.txt, s3://bucket/prefix/")
      ->required();
  AddQueueFlags(put, &submit.queue);
  put->add_option("--model", submit.analysis.model, "Only workers with this model and these options do the tasks");
  AddAnalysisFlags(put, &submit.analysis);
  put->add_flag("--recursive", submit.submit.recursive, "Search folders within folders");
  put->add_option("--write-jsonl", submit.submit.jsonl, "The results as JSON lines, as they come")->type_name("FILE");
  put->add_flag("--no-follow", submit.no_follow, "Do not wait for the results");
  put->add_flag("-q,--quiet", submit.quiet, "No progress");
  service::AddStoreFlags(app, [](std::string_view line) { PrintError(std::string(line)); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kUsage;
  }
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  if (put->parsed()) return RunSubmit(&submit);
  const Status status = CatchAll([&] { return RunWorker(&worker); });
  if (!status.ok()) code = Fail(status);
  return code;
}

}  // namespace
}  // namespace sinew::worker

int main(int argc, char** argv) {
  const sinew::Result<int> code =
      sinew::CatchAll([&]() -> sinew::Result<int> { return sinew::worker::Main(argc, argv); });
  return code.ok() ? *code : 1;
}
