// Artifacts with sound checksums whose types, algorithms or blobs were changed by somebody who knows the format: each
// is refused, or computes within its memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "compiler/import/models_test_util.h"
#include "program/reader.h"
#include "program/writer.h"
#include "runtime/model_access.h"
#include "simd/target.h"
#include "sinew/compiler.h"

namespace sinew {
namespace {

using program::DataType;
using program::ModelT;
using program::PlanT;
using program::Slice;
using program::StepT;
using ::testing::AnyOf;

constexpr DataType kTypes[] = {DataType::F32, DataType::F16, DataType::BF16, DataType::BF16Pair, DataType::I8};

// An artifact taken apart: what was compiled, and what becomes of it.
struct Parts {
  ModelT model;
  std::vector<DataType> blob_types;
};

class DoctoredArtifactTest : public ::testing::TestWithParam<Precision> {
 protected:
  void SetUp() override {
    if (GetParam() != Precision::kFp32 && !simd::IsSupported(simd::Target::kAvx512))
      GTEST_SKIP() << "this processor has no AVX-512";
    // Where plans with narrow types cannot run, reading them is all that is tested.
    runs_here_ = GetParam() == Precision::kFp32 || simd::IsSupported(simd::Target::kAvx512Bf16);
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(WriteFile(folder_ / "graph.pb", import::PoseNetwork().GraphDef()).ok());
    CompileOptions options;
    options.resolutions = {{64, 48}};
    options.precision = GetParam();
    if (GetParam() != Precision::kFp32) options.targets = {std::string(simd::TargetName(simd::Target::kAvx512Bf16))};
    options.max_error = DefaultMaxError(GetParam());
    const auto report = Compile(folder_ / "graph.pb", folder_ / "sound.sinew", options);
    ASSERT_TRUE(report.ok()) << report.status().message();
    Result<program::Artifact> artifact = program::Artifact::Load(folder_ / "sound.sinew");
    ASSERT_TRUE(artifact.ok()) << artifact.status().message();
    sound_ = std::make_unique<program::Artifact>(*std::move(artifact));
    ASSERT_EQ(Outcome([](Parts&) {}), runs_here_ ? "ran" : "read");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  size_t steps() const { return sound_->model().plans[0]->steps.size(); }
  size_t blobs() const { return sound_->model().blobs.size(); }
  const StepT& step(size_t i) const { return *sound_->model().plans[0]->steps[i]; }

  // What becomes of the artifact after `change`: "ran" (where it cannot run: "read"), "refused", or what went wrong.
  std::string Outcome(const std::function<void(Parts&)>& change) {
    Parts parts{.model = sound_->model(), .blob_types = {}};
    for (size_t i = 0; i < blobs(); ++i) parts.blob_types.push_back(sound_->blob(static_cast<uint32_t>(i)).type);
    change(parts);
    // One by one, as equal ones would become one in a pool, and all numbers change.
    program::BlobPool pool;
    for (size_t i = 0; i < blobs(); ++i) {
      const program::BlobView blob = sound_->blob(static_cast<uint32_t>(i));
      pool.AddBorrowed({parts.blob_types[i], blob.bytes});
    }
    if (pool.size() != blobs()) return "two blobs became one";
    const std::filesystem::path path = folder_ / "doctored.sinew";
    if (!program::WriteArtifact(std::move(parts.model), pool, path, {.sync = false}).ok()) return "not written";
    if (!runs_here_) {
      const Result<program::Artifact> artifact = program::Artifact::Load(path);
      return artifact.ok() ? "read" : Refusal(artifact.status());
    }
    const Result<Model> model = Model::Load(path);
    if (!model.ok()) return Refusal(model.status());
    Result<Session> session = Session::Create(*model, {.threads = 1});
    if (!session.ok()) return Refusal(session.status());
    std::fill(session->input().begin(), session->input().end(), 100.0f);
    if (const Status status = session->Run(); !status.ok()) return "failed: " + std::string(status.message());
    return "ran";
  }

  static std::string Refusal(const Status& status) {
    const bool is_meant = status.code() == StatusCode::kCorrupt || status.code() == StatusCode::kIncompatible ||
                          status.code() == StatusCode::kInvalidArgument;
    return is_meant && !status.message().empty() ? "refused" : "refused oddly: " + std::string(status.message());
  }

  bool runs_here_ = true;
  std::unique_ptr<program::Artifact> sound_;

 private:
  std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ("doctored_" + std::string(PrecisionName(GetParam())));
};

// Weights of another type than their algorithm multiplies, and values per channel that are not floats.
TEST_P(DoctoredArtifactTest, NoBlobMayBeOfAnotherType) {
  if (!runs_here_) GTEST_SKIP() << "this processor has no VDPBF16PS";
  for (size_t i = 0; i < blobs(); ++i) {
    for (const DataType type : kTypes) {
      if (type == sound_->blob(static_cast<uint32_t>(i)).type) continue;
      EXPECT_EQ(Outcome([&](Parts& parts) { parts.blob_types[i] = type; }), "refused")
          << "blob " << i << " as " << program::EnumNameDataType(type);
    }
  }
}

// A picture that one step writes as one type and another reads as another; one that lies beyond the arena as the wider
// type; one of a type that the step does not have.
TEST_P(DoctoredArtifactTest, NoPictureMayBeOfAnotherType) {
  for (size_t i = 0; i < steps(); ++i) {
    for (size_t place = 0; place <= step(i).inputs.size(); ++place) {
      const auto slice = [&](PlanT& plan) -> Slice& {
        StepT& changed = *plan.steps[i];
        return place < changed.inputs.size() ? changed.inputs[place] : *changed.output;
      };
      for (const DataType type : kTypes) {
        ModelT copy = sound_->model();
        const Slice was = slice(*copy.plans[0]);
        if (type == was.type()) continue;
        const std::string outcome = Outcome([&](Parts& parts) {
          slice(*parts.model.plans[0]) =
              Slice(was.offset(), was.height(), was.width(), was.channels(), was.pixel_stride(), type);
        });
        EXPECT_EQ(outcome, "refused") << "step " << i << " \"" << step(i).algorithm << "\", picture " << place << " as "
                                      << program::EnumNameDataType(type);
      }
    }
  }
}

TEST_P(DoctoredArtifactTest, NoEnumerationIsOutOfRange) {
  for (size_t i = 0; i < blobs(); ++i)
    EXPECT_EQ(Outcome([&](Parts& parts) { parts.blob_types[i] = static_cast<DataType>(99); }), "refused");
  for (size_t i = 0; i < steps(); ++i) {
    EXPECT_EQ(Outcome([&](Parts& parts) {
                StepT& changed = *parts.model.plans[0]->steps[i];
                const Slice& was = *changed.output;
                *changed.output = Slice(was.offset(), was.height(), was.width(), was.channels(), was.pixel_stride(),
                                        static_cast<DataType>(99));
              }),
              "refused");
  }
  EXPECT_EQ(Outcome([](Parts& parts) { parts.model.plans[0]->precision = static_cast<program::Precision>(99); }),
            "refused");
}

// Every step with the algorithm of every other, and with those of other types: they pack weights in their own ways.
TEST_P(DoctoredArtifactTest, AlgorithmsTakeOnlyWhatTheyPacked) {
  std::set<std::string> algorithms;
  for (size_t i = 0; i < steps(); ++i) {
    std::string name = step(i).algorithm;
    for (const char* prefix : {"bf16x3_", "bf16_", "i8_"}) {
      if (name.starts_with(prefix)) name.erase(0, std::string_view(prefix).size());
    }
    for (const char* prefix : {"", "bf16x3_", "bf16_", "i8_"}) algorithms.insert(prefix + name);
  }
  for (size_t i = 0; i < steps(); ++i) {
    for (const std::string& algorithm : algorithms) {
      const std::string outcome = Outcome([&](Parts& parts) { parts.model.plans[0]->steps[i]->algorithm = algorithm; });
      EXPECT_THAT(outcome, AnyOf("refused", "ran", "read")) << "step " << i << " by " << algorithm;
    }
  }
}

// A step that takes another one's weights: of the size that it needs, they are only other numbers.
TEST_P(DoctoredArtifactTest, BlobsHaveTheSizesThatStepsNeed) {
  for (size_t i = 0; i < steps(); ++i) {
    for (size_t other = 0; other < blobs(); ++other) {
      const std::string outcome = Outcome([&](Parts& parts) {
        std::vector<uint32_t> numbers(blobs());
        for (size_t n = 0; n < blobs(); ++n) numbers[n] = static_cast<uint32_t>(n == other ? (n + 1) % blobs() : n);
        program::RenumberBlobs(numbers, parts.model.plans[0]->steps[i].get());
      });
      EXPECT_THAT(outcome, AnyOf("refused", "ran", "read")) << "step " << i << " without blob " << other;
    }
    EXPECT_EQ(Outcome([&](Parts& parts) {
                const std::vector<uint32_t> beyond(blobs(), std::numeric_limits<uint32_t>::max());
                if (!program::BlobIndices(*parts.model.plans[0]->steps[i]).empty()) {
                  program::RenumberBlobs(beyond, parts.model.plans[0]->steps[i].get());
                } else {
                  parts.blob_types[0] = static_cast<DataType>(99);
                }
              }),
              "refused");
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, DoctoredArtifactTest,
                         ::testing::Values(Precision::kFp32, Precision::kBf16, Precision::kInt8),
                         [](const auto& tested) { return std::string(PrecisionName(tested.param)); });

}  // namespace
}  // namespace sinew
