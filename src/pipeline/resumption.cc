// Line by line, each checked against the frame it should be of.
#include "pipeline/resumption.h"

#include <string>

#include "base/error.h"
#include "results/jsonl.h"

namespace sinew::pipeline {

Result<Resumption> Resumption::Open(const std::filesystem::path& path, int64_t count) {
  Resumption resumption;
  resumption.path_ = path;
  resumption.left_ = count;
  if (count == 0) return resumption;
  resumption.file_.open(path, std::ios::binary);
  if (!resumption.file_) return IoError("{}: cannot be read", path.string());
  return resumption;
}

Status Resumption::Next(results::Record* record) {
  std::string line;
  ++line_;
  --left_;
  if (!std::getline(file_, line)) return IoError("{} line {}: cannot be read", path_.string(), line_);
  Result<results::Record> known = results::ParseJsonLine(line);
  if (!known.ok()) return Prefixed(fmt::format("{} line {}", path_.string(), line_), known.status());
  if (known->source != results::AsReadBack(record->source) || known->frame != record->frame) {
    return InvalidArgument(
        "{} line {} is of {} frame {}, but the inputs have {} frame {} there: resume with the inputs and the frame "
        "selection of "
        "the earlier run, or write to another file",
        path_.string(), line_, known->source, known->frame, record->source, record->frame);
  }
  known->source = record->source;
  // In full precision, as the input tells it.
  known->seconds = record->seconds;
  *record = std::move(*known);
  return Status();
}

void InputCounter::Add(const results::Record& record) {
  const bool same = count_ > 0 && count_ <= inputs_.size() &&
                    ((record.source == source_ && record.frame > frame_) ||
                     (inputs_[count_ - 1].name != record.source && IsOf(inputs_[count_ - 1], record.source)));
  frame_ = record.frame;
  if (same) return;
  source_ = record.source;
  while (count_ < inputs_.size() && !IsOf(inputs_[count_], source_)) ++count_;
  ++count_;
}

}  // namespace sinew::pipeline
