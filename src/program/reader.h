// Reads .sinew artifacts and trusts nothing in them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/file.h"
#include "program/program.h"
#include "sinew/model_description.h"
#include "sinew/status.h"

namespace sinew::program {

// An artifact in memory. Immutable, so any number of threads may read one. Holds the file's mapping, or the memory that
// it was read from: spans of blobs live as long as the Artifact.
//
// What Load, FromMemory and Parse have checked: magic, version, all checksums; every enumeration in range, and every
// backend known; every slice inside its plan's arena and aligned to its elements, and read as the type that it was
// written as; every blob inside the data section; every step's kind, number of inputs and sizes (program::MakeProblem);
// the description, if there is one, by itself and against the outputs. Whether an algorithm exists and fits its step
// and its blobs is checked where steps are bound (backends/cpu/bind.h).
class Artifact {
 public:
  // Every message starts with the path. kIncompatible for another format version or an unknown backend, kCorrupt for
  // damage, kInvalidArgument for a file that is not an artifact.
  static Result<Artifact> Load(const std::filesystem::path& path);
  // The same of bytes wherever they lie. With an `owner`, which the Artifact keeps, aligned ones are used where they
  // are and must not change as long as it lives; others are copied first. `name` stands in messages. kTooLarge where
  // memory does not suffice for a copy.
  static Result<Artifact> FromMemory(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                                     std::string_view name);
  // The same of bytes at a 64-byte aligned address, which must outlive the Artifact.
  static Result<Artifact> Parse(std::span<const std::byte> bytes, std::string_view name);

  // Whether a file that begins like this claims to be an artifact.
  static bool LooksLikeArtifact(std::string_view prefix);

  const ModelT& model() const { return *model_; }
  // Forgets the plans that `keep` says no to; at least one must stay.
  void KeepPlans(const std::function<bool(const PlanT&)>& keep);
  // Keeps the plans of these numbers alone, each once, in this order: the artifact is then what it would be if nothing
  // else had been added to it (program/merge.h), its weights and their hash included.
  void SelectPlans(std::span<const size_t> numbers);
  // What its numbers mean; none where it is not a pose network. Its heads fit the outputs of every plan.
  const std::optional<ModelDescription>& description() const { return description_; }
  BlobView blob(uint32_t index) const;
  uint64_t file_bytes() const { return file_bytes_; }
  uint64_t weight_bytes() const { return weight_bytes_; }
  // Of the data section of this file.
  uint64_t data_xxh3() const { return data_xxh3_; }
  // Of the packed weights that its plans were compiled with: which model it is. That of the file, unless plans were
  // added to it later.
  uint64_t weights_xxh3() const { return weights_xxh3_; }
  // kCorrupt where the file that it was loaded from was written to since. A system call; thread-safe.
  Status CheckUnchanged() const { return file_.CheckUnchanged(); }

 private:
  Artifact() = default;
  uint64_t HashOfPlans() const;
  MappedFile file_;
  std::shared_ptr<const void> memory_;
  std::unique_ptr<ModelT> model_;
  std::optional<ModelDescription> description_;
  std::span<const std::byte> data_;
  uint64_t file_bytes_ = 0, weight_bytes_ = 0;
  uint64_t data_xxh3_ = 0, weights_xxh3_ = 0;
};

}  // namespace sinew::program
