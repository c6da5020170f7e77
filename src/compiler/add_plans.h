// Plans that come into an artifact later: resolutions that nobody thought of when it was compiled.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/scratch_file.h"
#include "program/reader.h"
#include "sinew/compiler.h"
#include "sinew/status.h"

namespace sinew {

struct AddPlansOptions {
  // Whether plans that the artifact has already, for a resolution on an instruction set, are passed over rather than an
  // error.
  bool keep_existing = false;
};

struct AddedPlans {
  int plans = 0;                // that came in
  uint64_t artifact_bytes = 0;  // of the artifact with them
  uint64_t shared_bytes = 0;    // of their weights that the artifact had already
};

// Whether what `options` would compile can be added to `artifact`, as far as that can be told beforehand: kNotFound
// where it is not there, kInvalidArgument where it has such a plan, and what is wrong with the file.
Status CheckCanAdd(const std::filesystem::path& artifact, const CompileOptions& options);

// Adds the plans of `compiled` to `artifact`, which stays what it was until the whole of both is written and takes its
// place; who has mapped it goes on with what he has. Weights that are packed alike are kept once. Each plan computes,
// bit by bit, what it computed before. Where there is no artifact yet, `compiled` becomes it. Several processes may add
// to one at a time: each waits for the others (base/folder_lock.h). kInvalidArgument or kIncompatible where the two do
// not go together, kCorrupt where one is damaged, kIo; `artifact` is untouched then.
Result<AddedPlans> AddPlans(ScratchFile* compiled, const std::filesystem::path& artifact,
                            const AddPlansOptions& options = {});

}  // namespace sinew
