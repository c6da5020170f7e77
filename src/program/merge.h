// Plans of two artifacts in one.
#pragma once

#include <cstdint>
#include <filesystem>

#include "program/reader.h"
#include "sinew/status.h"

namespace sinew::program {

// Why a plan of `more` cannot stand beside those of `base`: another network, another description of it, or one that is
// not known. Messages are to follow the name of `base`. kInvalidArgument, kIncompatible.
Status CheckSameNetwork(const Artifact& base, const Artifact& more);

// Whether `artifact` has a plan that is for the same as `plan`: resolution, backend and instruction set.
bool HasPlanLike(const Artifact& artifact, const PlanT& plan);

struct MergedFile {
  uint64_t bytes = 0;         // of the file
  uint64_t shared_bytes = 0;  // of the blobs of `more` that `base` has as well
};

// Writes the plans of `base`, and behind them those of `more` that `base` has none like, to `path`, atomically. Blobs
// of equal type and content are there once. Both must be of the same network.
Result<MergedFile> WriteMerged(const Artifact& base, const Artifact& more, const std::filesystem::path& path);

}  // namespace sinew::program
