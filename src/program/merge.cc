// Plans stay as they are but for the numbers of their blobs: each gives what it gave alone, bit by bit.
#include "program/merge.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"
#include "program/writer.h"

namespace sinew::program {
namespace {

// Lends the pool all blobs, and returns what number each has there.
std::vector<uint32_t> Lend(const Artifact& artifact, BlobPool* pool) {
  std::vector<uint32_t> numbers;
  for (uint32_t i = 0; i < artifact.model().blobs.size(); ++i) numbers.push_back(pool->AddBorrowed(artifact.blob(i)));
  return numbers;
}

std::unique_ptr<PlanT> Renumbered(const PlanT& plan, const Artifact& artifact, const std::vector<uint32_t>& numbers) {
  auto copy = std::make_unique<PlanT>(plan);
  for (const auto& step : copy->steps) RenumberBlobs(numbers, step.get());
  if (copy->weights_xxh3 == 0) copy->weights_xxh3 = artifact.data_xxh3();
  return copy;
}

}  // namespace

Status CheckSameNetwork(const Artifact& base, const Artifact& more) {
  if (base.model().graph_xxh3 == 0)
    return Incompatible("was made by a sinew that did not note which network it is of: compile it again");
  if (base.model().graph_xxh3 != more.model().graph_xxh3)
    return InvalidArgument("is of another network, or was read by another version of sinew: choose another name");
  if (base.description() != more.description())
    return InvalidArgument("its network is described otherwise: choose another name");
  return Status();
}

bool HasPlanLike(const Artifact& artifact, const PlanT& plan) {
  return std::any_of(artifact.model().plans.begin(), artifact.model().plans.end(), [&](const auto& other) {
    return other->backend == plan.backend && other->target == plan.target &&
           other->input->height() == plan.input->height() && other->input->width() == plan.input->width();
  });
}

Result<MergedFile> WriteMerged(const Artifact& base, const Artifact& more, const std::filesystem::path& path) {
  BlobPool pool;
  const std::vector<uint32_t> of_base = Lend(base, &pool);
  const uint32_t count_of_base = pool.size();
  const std::vector<uint32_t> of_more = Lend(more, &pool);
  MergedFile file;
  for (const uint32_t number : of_more) {
    if (number < count_of_base) file.shared_bytes += pool.blob(number).bytes.size();
  }
  ModelT merged;
  merged.producer = base.model().producer;
  merged.name = base.model().name;
  merged.graph_xxh3 = base.model().graph_xxh3;
  if (base.model().description) merged.description = std::make_unique<DescriptionT>(*base.model().description);
  for (const auto& plan : base.model().plans) merged.plans.push_back(Renumbered(*plan, base, of_base));
  for (const auto& plan : more.model().plans) {
    if (!HasPlanLike(base, *plan)) merged.plans.push_back(Renumbered(*plan, more, of_more));
  }
  SINEW_ASSIGN_OR_RETURN(file.bytes, WriteArtifact(std::move(merged), pool, path));
  return file;
}

}  // namespace sinew::program
