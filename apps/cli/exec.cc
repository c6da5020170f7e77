// sinew exec: the network alone, tensor in, tensor out.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/npy.h"
#include "base/output_check.h"
#include "command.h"
#include "device_flags.h"
#include "service/model_cache.h"

namespace sinew::cli {
namespace {

struct ExecFlags {
  std::string model, input, output;
  int head = 0;
  int threads = 0;
  DeviceFlags device;
};

Status RunExec(const ExecFlags& options) {
  const NamedFile read[] = {{"the model", options.model}, {"--input", options.input}};
  const NamedFile written[] = {{"--output", options.output}};
  SINEW_RETURN_IF_ERROR(CheckOutputs(read, written));
  SINEW_ASSIGN_OR_RETURN(const NpyArray input, ReadNpy(options.input));
  if (input.shape.size() != 4 || input.shape[3] != 3 || input.shape[0] < 1) {
    return InvalidArgument("{}: the tensor must be (N, H, W, 3)", options.input);
  }
  constexpr int64_t kMostTensors = 1 << 20;
  if (input.shape[0] > kMostTensors)
    return TooLarge("{}: {} tensors, at most {} can be run", options.input, input.shape[0], kMostTensors);
  if (std::max(input.shape[1], input.shape[2]) > service::kMaxResolutionSide)
    return InvalidArgument("{}: a side has at most {} pixels", options.input, service::kMaxResolutionSide);
  const Resolution resolution = {static_cast<int>(input.shape[2]), static_cast<int>(input.shape[1])};
  SINEW_ASSIGN_OR_RETURN(const ChosenDevice chosen, OpenDevice(options.device));
  SINEW_ASSIGN_OR_RETURN(
      const service::CachedModel cached,
      service::ModelCache({.log = CompileLog()})
          .Load({options.model, resolution, {}, std::string(chosen.device.backend()), chosen.precision}));
  SINEW_ASSIGN_OR_RETURN(Session session,
                         Session::Create(cached.model, {resolution, options.threads, chosen.device, chosen.precision}));
  const size_t head = static_cast<size_t>(options.head);
  if (head >= session.output_count())
    return InvalidArgument("--head {}: {} has {}, counted from 0", head, options.model, session.output_count());
  const TensorView out = session.output(head);
  const std::vector<int64_t> shape = {input.shape[0], out.height, out.width, out.channels};
  const size_t picture = session.input().size(), pictures = static_cast<size_t>(input.shape[0]);
  if (input.values.size() != picture * pictures)  // before room for the results is made
    return InvalidArgument("{}: has {} values, {} are needed", options.input, input.values.size(), picture * pictures);
  std::vector<float> result(static_cast<size_t>(shape[0] * shape[1] * shape[2] * shape[3]));
  const size_t cells = static_cast<size_t>(out.height) * static_cast<size_t>(out.width);
  float* next = result.data();
  for (size_t n = 0; n < pictures; ++n) {
    std::copy_n(input.values.data() + n * picture, picture, session.input().data());
    SINEW_RETURN_IF_ERROR(session.Run());
    for (size_t cell = 0; cell < cells; ++cell) {
      next = std::copy_n(out.data + cell * out.pixel_stride, static_cast<size_t>(out.channels), next);
    }
  }
  return WriteNpy(options.output, shape, result);
}

}  // namespace

void AddExecCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<ExecFlags>();
  CLI::App* command = app.add_subcommand("exec", "Run the network alone on a tensor");
  command->add_option("MODEL", options->model, "Artifact (.sinew), graph, or name of a model")->required();
  command->add_option("--input", options->input, "Tensor (N,H,W,3) in .npy, as the network takes it: BGR, 0..255")
      ->required();
  command->add_option("--output", options->output, "Tensor (N,h,w,57) to write, .npy")->required();
  command->add_option("--head", options->head, "Which output of a network with several, from 0 on")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--threads", options->threads, "Threads (default: one a processor)");
  AddDeviceFlags(command, &options->device);
  command->footer("Example:\n  sinew exec model.sinew --input picture.npy --output maps.npy");
  command->callback([=] {
    *action = [=] {
      const Status status = RunExec(*options);
      return status.ok() ? kSuccess : static_cast<ExitCode>(Fail(status));
    };
  });
}

}  // namespace sinew::cli
