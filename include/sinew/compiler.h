// The compiler: a TensorFlow or Caffe model to a .sinew artifact, and its verification against a reference in double
// precision.
//
//   sinew::CompileOptions options;
//   options.resolutions = {{656, 368}, {432, 368}};
//   options.log = [](std::string_view line) { std::cerr << line << '\n'; };
//   sinew::Status status = sinew::Compile("graph_opt.pb", "model.sinew", options).status();
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinew/model.h"
#include "sinew/model_description.h"
#include "sinew/precision.h"
#include "sinew/status.h"

namespace sinew {

enum class Optimize {
  kSpeed,   // the fastest algorithms whose time is worth their weights' memory
  kMemory,  // the fastest of those whose weights are at most half as large again as the smallest ones: for disks and
            // memories that are short; slower
};

struct CompileOptions {
  // At least one. Plans of several resolutions share one copy of the packed weights.
  std::vector<Resolution> resolutions;
  // Stands in the artifact; empty: the graph's file or folder name.
  std::string name;
  // What the plans are for: "cpu"; "cuda", NVIDIA GPUs, which choose their algorithms when the artifact is opened
  // there.
  std::string backend = "cpu";
  // Instruction sets, of the CPU backend: "amx", "avx512_bf16", "avx512", "avx2", "sse4", "scalar", "neon". The
  // artifact gets plans for each, which share weights where they are packed alike; whoever loads it runs those of the
  // best that its processor has. Empty: the best that this one has.
  std::vector<std::string> targets;
  // Nodes of the source graph to compute. Empty: Openpose/concat_stage7, else whatever nothing reads.
  std::vector<std::string> outputs;
  // The network in text form that a .caffemodel holds the weights of. Empty: the .prototxt of the same name beside it,
  // or the only one there.
  std::filesystem::path prototxt;
  // What the network's input and outputs mean, where sinew cannot know it. None: as the network is recognised by its
  // outputs (57 channels: tf-pose-estimation's); others run, but make no people.
  std::optional<ModelDescription> description;
  // Names of passes to leave out (see `sinew compile --help`).
  std::vector<std::string> skip_passes;
  // A folder for the IR as text after every pass. Empty: none.
  std::filesystem::path dump_ir;
  // The relative RMS error that the outputs may have against double precision. Faster algorithms are chosen within it;
  // the choice is run on a random picture, and made again where it is not met. (TF32, in which GPUs compute by default,
  // is near 3e-4 per layer.)
  double max_error = 1e-3;
  // The types of numbers that layers may be multiplied in, of those that the target has:
  //   kAuto  fp32, and bf16 alone or three products of halves (bf16x3), as the error allows it: on "avx512_bf16" where
  //          that is more than the default's
  //   kFp32  nothing else
  //   kBf16  as kAuto, for a larger error: see DefaultMaxError
  //   kInt8  also int8, with scales of weights per channel and of pictures as they come
  // The other backends choose when they open an artifact. kInvalidArgument for what a CPU or one of the targets lacks.
  Precision precision = Precision::kAuto;
  // Pictures that the network is made for, as it takes them at a resolution: any number x height x width x channels
  // floats, at least one; those of the first resolution and of a smaller one are asked for. With them, errors are
  // measured on what layers really see; channels are scaled to be even before int8 (exactly, between a convolution and
  // the only one that reads it), and biases make up for what rounded weights take from the mean. Null: errors are
  // measured on a random picture.
  std::function<Result<std::vector<float>>(Resolution resolution)> calibration;
  // Judges an artifact, of one target, by what it is for: between 0 and 1, the agreement (F1) of the people it finds
  // with those that are expected, say. Where it is below `min_agreement`, the layers that cost most precision are
  // computed more precisely, as few as possible, until it is not. Targets that this processor lacks cannot be judged.
  // Null: nothing is judged.
  std::function<Result<double>(const std::filesystem::path& artifact)> agreement;
  double min_agreement = 0;
  Optimize optimize = Optimize::kSpeed;
  // Only algorithms whose error is at the level of rounding in single precision.
  bool exact = false;
  // Measures the algorithms on this machine instead of predicting their times, and keeps the times in this file for the
  // next compilation. Empty: predicts.
  std::filesystem::path tuning_file;
  // What the log and errors call the artifact, where it is written under another name first. Empty: its path.
  std::filesystem::path artifact_name;
  // Gets the compile log, a line a call, on the calling thread.
  std::function<void(std::string_view line)> log;
};

// The error that is worth allowing for a precision: 1e-3 for kAuto and kFp32, 0.1 for kBf16, 0.3 for kInt8.
double DefaultMaxError(Precision precision);

struct CompileReport {
  int nodes_read = 0;         // of the source graph
  int steps = 0;              // of the first plan
  uint64_t weight_bytes = 0;  // packed, shared by all plans
  // Relative RMS, as measured, the largest of all targets': see CompileOptions::max_error; 0 where the backend is not
  // "cpu".
  double error = 0;
  double agreement = 1;  // the least of all targets', where there was something to judge
  uint64_t artifact_bytes = 0;
  std::vector<uint64_t> arena_bytes;  // of each target's plans, least target first, by resolution
  double seconds = 0;
};

// Compiles `graph` (a TensorFlow.js folder or model.json, a frozen GraphDef, or a .caffemodel) to `artifact`, which
// appears only when whole. Errors: those of the file (kNotFound, kCorrupt, kTooLarge), kUnsupported with the list of
// every node that sinew cannot run, kInvalidArgument for options, and for a description that does not fit the outputs.
// Thread-safe.
Result<CompileReport> Compile(const std::filesystem::path& graph, const std::filesystem::path& artifact,
                              const CompileOptions& options);

// What the numbers of a network mean that was not compiled yet, as Compile would recognise it. Errors: those of the
// file; kUnsupported where it is not known to be a pose network. Thread-safe.
Result<ModelDescription> DescribeSource(const std::filesystem::path& graph, const std::filesystem::path& prototxt = {});

struct VerifyOptions {
  // N x H x W x 3 floats of that resolution. Empty: one picture of random whole numbers in 0..255.
  std::vector<float> input;
  Resolution resolution;    // 0x0: the model's first
  double tolerance = 1e-3;  // of the relative RMS difference
  int threads = 0;
  std::vector<std::string> outputs;  // as in CompileOptions
  std::filesystem::path prototxt;    // as in CompileOptions
};

struct VerifyReport {
  double max_difference = 0;           // absolute
  double relative_rms_difference = 0;  // RMS of the difference over RMS of the reference
  bool within_tolerance = false;
  // Where the difference first exceeds the tolerance, if it does: "step NAME (ALGORITHM): relative RMS X".
  std::string first_failing_step;
};

// Runs `model` and, in double precision, the operations of `graph` as they were read, on the same input.
Result<VerifyReport> Verify(const Model& model, const std::filesystem::path& graph, const VerifyOptions& options = {});

}  // namespace sinew
