// A pipeline that keeps its records.
#include "service/find_people.h"

#include <utility>

#include "base/error.h"
#include "media/source.h"
#include "pipeline/pipeline.h"
#include "runtime/thread_pool.h"
#include "service/core_choice.h"

namespace sinew::service {
namespace {

class RecordKeeper : public pipeline::FrameSink {
 public:
  explicit RecordKeeper(std::vector<results::Record>* records) : records_(records) {}
  Result<bool> Commit(pipeline::Task* task, pipeline::StageTimes*) override {
    records_->push_back(std::move(task->record));
    return true;
  }
  Status Finish(pipeline::RunEnd) override { return Status(); }

 private:
  std::vector<results::Record>* records_;
};

}  // namespace

Result<FoundPeople> FindPeople(const Configuration& configuration, const std::vector<media::Input>& inputs,
                               const ModelCache& models, const FindPeopleOptions& options) {
  pipeline::AnalysisOptions analysis = configuration.analysis;
  if (analysis.resolution == Resolution{}) {
    SINEW_ASSIGN_OR_RETURN(analysis.resolution, models.DefaultResolution(configuration.model));
  }
  SINEW_ASSIGN_OR_RETURN(const CoreChoice cores, analysis.device.is_gpu()
                                                     ? ChooseStreams(configuration.cores, false)
                                                     : ChooseCores(analysis.threads, configuration.cores, false,
                                                                   runtime::AvailableProcessors()));
  analysis.threads = cores.threads;
  SINEW_ASSIGN_OR_RETURN(const ModelDescription description, models.Description(configuration.model));
  pipeline::RecentModels recent(models.Provider(configuration.model, analysis.device.backend(), analysis.precision));
  SINEW_RETURN_IF_ERROR(pipeline::CheckAnalysis(analysis, &recent));

  std::atomic<bool> own_stop = false;
  std::atomic<bool>* const stop = options.stop != nullptr ? options.stop : &own_stop;
  SINEW_ASSIGN_OR_RETURN(const std::unique_ptr<media::Source> source,
                         media::OpenInputs(inputs, {.stop = [stop] { return stop->load(); }}));
  FoundPeople found;
  found.resolution = analysis.resolution;
  found.skeleton = description.skeleton;
  RecordKeeper keeper(&found.records);
  SINEW_ASSIGN_OR_RETURN(const auto pipeline,
                         pipeline::Pipeline::Create({.lanes = cores.lanes, .stop = stop}, *source,
                                                    pipeline::MakePoseWorkers(analysis, &recent), keeper));
  const int64_t expected = source->expected_frames().value_or(0);
  SINEW_RETURN_IF_ERROR(pipeline->Run([&](const pipeline::Task&, const pipeline::PipelineReport& so_far) {
    if (options.progress) options.progress(so_far.frames, expected, so_far.people);
  }));
  if (pipeline->report().stopped)
    return Cancelled("interrupted after {} pictures: nothing can be said of a part", pipeline->report().frames);
  return found;
}

}  // namespace sinew::service
