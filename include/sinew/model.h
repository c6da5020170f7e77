// Models and sessions: load a compiled network, from a file or from memory, and run it on tensors.
//
//   auto model = sinew::Model::Load("thin.sinew");                     // validated, memory-mapped
//   auto session = sinew::Session::Create(*model, {.threads = 2});
//   std::copy(pixels.begin(), pixels.end(), session->input().begin());  // H x W x 3 floats, BGR, 0..255
//   if (sinew::Status status = session->Run(); !status.ok()) ...       // only GPUs can fail
//   sinew::TensorView maps = session->output();                        // H/8 x W/8 x 57
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinew/device.h"
#include "sinew/model_description.h"
#include "sinew/precision.h"
#include "sinew/status.h"

namespace sinew {

// A network resolution, in pixels of the network's input.
struct Resolution {
  int width = 0, height = 0;
  bool operator==(const Resolution&) const = default;
};

// A picture of floats that a session owns. Element (y, x, c) lies at data[(y * width + x) * pixel_stride + c].
struct TensorView {
  const float* data = nullptr;
  int height = 0, width = 0, channels = 0;
  size_t pixel_stride = 0;
};

namespace program {
class Artifact;
}
namespace runtime {
struct ModelAccess;
}

// A compiled network: read-only, cheap to copy, and safe to use from any number of threads. Loaded from a file, its
// weights are mapped and shared between processes; the file must stay as it is while a Model lives, and may be replaced
// by renaming another one over it. Loaded from memory, they are this process's own.
class Model {
 public:
  // Of the instruction sets that the artifact has plans for, the Model has those of the one that the environment
  // variable SINEW_FORCE_TARGET names, the next one below it, or else the best that this processor has. Plans for other
  // devices stay. Errors: kNotFound; kInvalidArgument (not an artifact); kCorrupt (truncated, damaged); kIncompatible
  // (newer format, or made for an instruction set that this processor lacks). Messages start with the path.
  static Result<Model> Load(const std::filesystem::path& path);

  // The same of a compiled model's bytes, all of them, that come from somewhere else than a file: a resource of the
  // program, an archive, a download. They are copied, whatever their alignment, and may change or go when this returns.
  // Nothing in them is trusted: damage is found as in a file, with the same errors, whose messages start with `name`;
  // and kTooLarge where memory does not suffice for the copy.
  //   auto model = sinew::Model::FromMemory(std::as_bytes(std::span(downloaded)), url);
  static Result<Model> FromMemory(std::span<const std::byte> bytes, std::string_view name = "the model in memory");

  // The same without a copy, where `bytes` begin at a multiple of 64; others are copied as above. The model, its copies
  // and their sessions keep `owner`, and until the last of them is gone nobody may change the bytes. For memory that
  // lives as long as the program, any owner that is not null will do; null means a copy.
  //   auto mapped = std::make_shared<const MyMapping>(...);
  //   auto model = sinew::Model::FromMemory(mapped->bytes(), mapped, "thin.sinew in the archive");
  static Result<Model> FromMemory(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                                  std::string_view name = "the model in memory");

  const std::string& name() const;
  const std::string& target() const;  // instruction set: "avx2", ...; "any" for plans of another backend than the CPU's
  std::vector<Resolution> resolutions() const;
  uint64_t weight_bytes() const;
  // What the network's input and outputs mean; null where the model is not known to be a pose network. Lives as long as
  // a copy of the model.
  const ModelDescription* description() const;
  // Of the packed weights (XXH3): which model it is, for caches and records.
  uint64_t weights_hash() const;
  // kCorrupt where the file was written to since Load: what was computed meanwhile may be wrong, and reading weights
  // that were cut off raises SIGBUS. A file that is replaced by renaming the new one over it stays as it was. Of a
  // model in memory nothing is known: ok.
  Status CheckUnchanged() const;

 private:
  explicit Model(std::shared_ptr<const program::Artifact> artifact) : artifact_(std::move(artifact)) {}
  friend class Session;
  friend struct runtime::ModelAccess;
  std::shared_ptr<const program::Artifact> artifact_;
};

struct SessionOptions {
  // One of the model's. 0x0: its first.
  Resolution resolution;
  // Worker threads, the caller's among them. 0: as many as the process may use processors. A GPU has no use for them.
  int threads = 0;
  // Where the model runs; it must have been compiled for that (Device::backend).
  Device device;
  // GPUs compute in what they are asked for; kAuto is fp32. A processor computes in what the model was compiled for:
  // asked for another, kInvalidArgument.
  Precision precision = Precision::kAuto;
};

// What one thread did of one step.
struct StepPart {
  size_t step = 0;
  size_t thread = 0;  // 0: the calling one
  std::chrono::steady_clock::time_point begin, end;
};

// Optional progress callbacks; unset ones cost nothing. GPUs run all steps as one, and call none.
struct RunHooks {
  // On the calling thread, after all of a step.
  std::function<void(size_t step)> after_step;
  // On the thread that did it; several threads call it at once, though not with the same StepPart::thread.
  std::function<void(const StepPart& part)> after_part;
};

// Memory and threads to run a model with. One call at a time; different sessions are independent. The result depends
// neither on the number of threads nor on what ran before.
class Session {
 public:
  // Errors: kInvalidArgument for options that make no sense, kNotFound for a resolution that the model does not have,
  // kUnsupported where it was compiled for another kind of device, kTooLarge where memory does not suffice.
  static Result<Session> Create(const Model& model, const SessionOptions& options = {});
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  Resolution resolution() const;
  const Device& device() const;
  int threads() const;
  uint64_t arena_bytes() const;  // of the device's memory

  // Height x width x 3 floats (NHWC) to fill before each Run; Run leaves them undefined.
  std::span<float> input();

  // Runs the network on what is in input(). Fails on GPUs alone: kUnavailable where the device was lost.
  Status Run(const RunHooks& hooks = {});

  // Valid until the next Run. Index 0 is the network's first output.
  TensorView output(size_t index = 0) const;
  size_t output_count() const;

  // Runs `pictures.size() / input().size()` pictures one after another: N x H x W x 3 floats in, N x h x w x C floats
  // of the first output out, dense. kInvalidArgument where a size does not fit; else the errors of Run.
  Status RunBatch(std::span<const float> pictures, std::span<float> results);

  // What step `index` wrote, valid inside `after_step` until the next call; for layer by layer comparison. What lies in
  // memory as bf16 is widened to floats for it. Without data on a GPU.
  TensorView step_output(size_t index) const;
  // Multiply-adds that step `index` does, those of padding and transforms included; 0 for a step that only moves
  // pictures. Those of a direct computation on a GPU.
  double step_multiply_adds(size_t index) const;

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sinew
