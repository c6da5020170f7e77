// Validation of an artifact, outermost layer first: header, checksums, FlatBuffer structure, then every number in it.
#include "program/reader.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <set>
#include <utility>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/check.h"
#include "base/error.h"
#include "program/arena_types.h"
#include "program/checksum.h"
#include "program/description.h"
#include "program/format.h"
#include "program/step_problem.h"

namespace sinew::program {
namespace {

// Limits that no sane network reaches; they keep every later product of sizes inside int64.
constexpr uint32_t kMaxSide = 1 << 16;
constexpr uint32_t kMaxChannels = 1 << 16;
constexpr uint64_t kMaxArenaBytes = uint64_t{1} << 38;

uint64_t ExtentBytes(const Slice& slice) {
  const uint64_t pixels = uint64_t{slice.height()} * slice.width();
  return ((pixels - 1) * slice.pixel_stride() + slice.channels()) * ElementBytes(slice.type());
}

Status CheckSlice(const Slice* slice, uint64_t arena_bytes, std::string_view what) {
  if (slice == nullptr) return Corrupt("{} is missing", what);
  if (slice->type() > DataType::MAX) return Corrupt("{} has an unknown data type", what);
  const uint64_t h = slice->height(), w = slice->width(), c = slice->channels(), stride = slice->pixel_stride();
  if (h == 0 || w == 0 || c == 0 || h > kMaxSide || w > kMaxSide || c > kMaxChannels || stride < c ||
      stride > kMaxChannels) {
    return Corrupt("{} has an impossible shape {}x{}x{} with pixel stride {}", what, h, w, c, stride);
  }
  const uint64_t element_bytes = ElementBytes(slice->type());
  const uint64_t extent = ExtentBytes(*slice);
  if (slice->offset() > arena_bytes || extent > arena_bytes - slice->offset()) {
    return Corrupt("{} reaches outside the arena of {} bytes", what, arena_bytes);
  }
  if (slice->offset() % element_bytes != 0) return Corrupt("{} is not aligned to its elements", what);
  return Status();
}

Status CheckStep(const StepT& step, uint64_t arena_bytes, size_t blob_count) {
  for (const Slice& input : step.inputs) SINEW_RETURN_IF_ERROR(CheckSlice(&input, arena_bytes, "an input"));
  SINEW_RETURN_IF_ERROR(CheckSlice(step.output.get(), arena_bytes, "the output"));
  SINEW_RETURN_IF_ERROR(MakeProblem(step).status());
  for (const uint32_t blob : BlobIndices(step)) {
    if (blob >= blob_count) return Corrupt("refers to blob {} of {}", blob, blob_count);
  }
  return Status();
}

// Every slice was checked by itself.
Status CheckTypes(const PlanT& plan) {
  ArenaTypes types;
  const auto write = [&](const Slice& slice) {
    types.Write(slice.offset(), slice.offset() + ExtentBytes(slice), slice.type());
  };
  const auto read = [&](const Slice& slice, std::string_view what) {
    const auto other = types.FindOther(slice.offset(), slice.offset() + ExtentBytes(slice), slice.type());
    if (!other) return Status();
    return Corrupt("{} is {}, and was written as {}", what, DataTypeName(slice.type()), DataTypeName(*other));
  };
  write(*plan.input);
  for (const auto& step : plan.steps) {
    for (const Slice& input : step->inputs) {
      if (Status status = read(input, "an input"); !status.ok())
        return Prefixed(fmt::format("step \"{}\"", step->name), status);
    }
    write(*step->output);
  }
  for (const auto& output : plan.outputs)
    SINEW_RETURN_IF_ERROR(read(*output->slice, fmt::format("output \"{}\"", output->name)));
  return Status();
}

Status CheckPlan(const PlanT& plan, size_t blob_count) {
  if (plan.backend != kCpuBackend && plan.backend != kCudaBackend) {
    return Incompatible(
        "holds a plan for the backend \"{}\", which this sinew does not know: update sinew or compile the "
        "model again",
        plan.backend);
  }
  if (plan.precision > Precision::MAX) return Corrupt("a plan has an unknown precision");
  if (plan.arena_bytes > kMaxArenaBytes) return Corrupt("an arena of {} bytes is beyond every limit", plan.arena_bytes);
  SINEW_RETURN_IF_ERROR(CheckSlice(plan.input.get(), plan.arena_bytes, "the plan's input"));
  if (plan.outputs.empty()) return Corrupt("a plan has no outputs");
  for (const auto& output : plan.outputs) {
    SINEW_RETURN_IF_ERROR(
        CheckSlice(output->slice.get(), plan.arena_bytes, fmt::format("output \"{}\"", output->name)));
  }
  for (const auto& step : plan.steps) {
    if (Status status = CheckStep(*step, plan.arena_bytes, blob_count); !status.ok()) {
      return Prefixed(fmt::format("step \"{}\"", step->name), status);
    }
  }
  return CheckTypes(plan);
}

Status CheckModel(const ModelT& model, uint64_t data_bytes) {
  if (model.plans.empty()) return Corrupt("holds no plan");
  for (size_t i = 0; i < model.blobs.size(); ++i) {
    const BlobT& blob = *model.blobs[i];
    if (blob.type > DataType::MAX) return Corrupt("blob {} has an unknown data type", i);
    if (blob.offset % kBlobAlignment != 0 || blob.offset > data_bytes || blob.size > data_bytes - blob.offset) {
      return Corrupt("blob {} lies outside the data section", i);
    }
    if (blob.size % ElementBytes(blob.type) != 0) return Corrupt("blob {} ends within an element", i);
  }
  for (const auto& plan : model.plans) SINEW_RETURN_IF_ERROR(CheckPlan(*plan, model.blobs.size()));
  return Status();
}

Result<FileHeader> ReadHeader(std::span<const std::byte> bytes) {
  const std::string_view prefix(reinterpret_cast<const char*>(bytes.data()),
                                std::min<size_t>(bytes.size(), kMagic.size()));
  if (!Artifact::LooksLikeArtifact(prefix)) {
    return InvalidArgument("is not a sinew artifact; make one with `sinew compile`");
  }
  if (bytes.size() < sizeof(FileHeader)) return Corrupt("is truncated: {} bytes", bytes.size());
  FileHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.version > kFormatVersion) {
    return Incompatible("has format version {}, this sinew reads up to {}: update sinew or compile the model again",
                        header.version, kFormatVersion);
  }
  if (header.version < kFormatVersion) {
    return Incompatible("has format version {}, this sinew reads version {}: compile the model again", header.version,
                        kFormatVersion);
  }
  if (header.header_xxh3 != XXH3_64bits(&header, offsetof(FileHeader, header_xxh3)) || header.reserved != 0 ||
      header.unused != 0) {
    return Corrupt("its header is damaged: compile the model again");
  }
  if (header.schema_bytes > bytes.size() || header.data_bytes > bytes.size() ||
      DataOffset(header.schema_bytes) + header.data_bytes != bytes.size()) {
    return Corrupt("is truncated or has bytes added: {} bytes, its header says {}", bytes.size(),
                   DataOffset(header.schema_bytes) + header.data_bytes);
  }
  return header;
}

}  // namespace

bool Artifact::LooksLikeArtifact(std::string_view prefix) {
  return prefix.substr(0, kMagic.size()) == std::string_view(kMagic.data(), kMagic.size());
}

Result<Artifact> Artifact::Parse(std::span<const std::byte> bytes, std::string_view name) {
  const auto parse = [&]() -> Result<Artifact> {
    SINEW_ASSIGN_OR_RETURN(const FileHeader header, ReadHeader(bytes));
    const std::byte* schema = bytes.data() + sizeof(FileHeader);
    const size_t data_offset = DataOffset(header.schema_bytes);
    const bool gap_is_zero = std::all_of(schema + header.schema_bytes, bytes.data() + data_offset,
                                         [](std::byte b) { return b == std::byte{0}; });
    if (!gap_is_zero || XXH3_64bits(schema, header.schema_bytes) != header.schema_xxh3 ||
        HashChunks(bytes.subspan(data_offset)) != header.data_xxh3) {
      return Corrupt("a checksum does not match, it is damaged: compile the model again");
    }
    flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(schema), header.schema_bytes);
    if (!VerifyModelBuffer(verifier)) return Corrupt("its description is malformed");
    Artifact artifact;
    artifact.model_ = UnPackModel(schema);
    artifact.data_ = bytes.subspan(data_offset);
    artifact.file_bytes_ = bytes.size();
    artifact.data_xxh3_ = header.data_xxh3;
    artifact.weight_bytes_ = artifact.data_.size();
    SINEW_RETURN_IF_ERROR(CheckModel(*artifact.model_, artifact.data_.size()));
    artifact.weights_xxh3_ = artifact.HashOfPlans();
    if (artifact.model_->description != nullptr) {
      SINEW_ASSIGN_OR_RETURN(artifact.description_, UnpackDescription(*artifact.model_->description));
      for (const auto& plan : artifact.model_->plans) {
        const Status status = CheckOutputs(*artifact.description_, *plan);
        if (!status.ok()) return Corrupt("{}", status.message());
      }
    }
    return artifact;
  };
  Result<Artifact> result = parse();
  if (!result.ok()) return Prefixed(name, result.status());
  return result;
}

Result<Artifact> Artifact::Load(const std::filesystem::path& path) {
  SINEW_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  SINEW_ASSIGN_OR_RETURN(Artifact artifact, Parse(file.bytes(), path.string()));
  artifact.file_ = std::move(file);
  return artifact;
}

Result<Artifact> Artifact::FromMemory(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                                      std::string_view name) {
  const bool is_aligned = reinterpret_cast<uintptr_t>(bytes.data()) % kBlobAlignment == 0;
  if (owner == nullptr || !is_aligned) {
    // Copied before it is checked: what was checked cannot change any more.
    try {
      auto copy = std::make_shared<AlignedBuffer<std::byte>>(bytes.size());
      if (!bytes.empty()) std::memcpy(copy->data(), bytes.data(), bytes.size());
      bytes = {copy->data(), copy->size()};
      owner = std::move(copy);
    } catch (const std::bad_alloc&) {
      return TooLarge("{}: memory does not suffice for a copy of its {} bytes", name, bytes.size());
    }
  }
  SINEW_ASSIGN_OR_RETURN(Artifact artifact, Parse(bytes, name));
  artifact.memory_ = std::move(owner);
  return artifact;
}

void Artifact::KeepPlans(const std::function<bool(const PlanT&)>& keep) {
  std::erase_if(model_->plans, [&](const auto& plan) { return !keep(*plan); });
  SINEW_CHECK(!model_->plans.empty());
}

void Artifact::SelectPlans(std::span<const size_t> numbers) {
  SINEW_CHECK(!numbers.empty());
  std::vector<std::unique_ptr<PlanT>> selected;
  std::set<uint32_t> blobs;
  for (const size_t number : numbers) {
    SINEW_CHECK(model_->plans[number] != nullptr);  // each once
    selected.push_back(std::move(model_->plans[number]));
    for (const auto& step : selected.back()->steps) {
      for (const uint32_t index : BlobIndices(*step)) blobs.insert(index);
    }
  }
  model_->plans = std::move(selected);
  weight_bytes_ = 0;
  for (const uint32_t index : blobs) weight_bytes_ += model_->blobs[index]->size;
  weights_xxh3_ = HashOfPlans();
}

// The same whatever order plans were added in.
uint64_t Artifact::HashOfPlans() const {
  std::set<uint64_t> different;
  for (const auto& plan : model_->plans) different.insert(plan->weights_xxh3 == 0 ? data_xxh3_ : plan->weights_xxh3);
  if (different.size() == 1) return *different.begin();
  const std::vector<uint64_t> hashes(different.begin(), different.end());
  return XXH3_64bits(hashes.data(), hashes.size() * sizeof(uint64_t));
}

BlobView Artifact::blob(uint32_t index) const {
  const BlobT& blob = *model_->blobs[index];
  return {blob.type, data_.subspan(blob.offset, blob.size)};
}

}  // namespace sinew::program
