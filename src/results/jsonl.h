// JSON lines: one frame a line, and the format that an interrupted run is resumed from.
//   {"source":"walk.mp4","frame":12,"seconds":0.48,"width":640,"height":360,
//    "people":[{"person_id":3,"score":0.812,"keypoints":[x,y,score, ...]}, ...]}
// "seconds" is null for pictures. A person has "person_id" where people were followed, "found_keypoints" where
// "keypoints" are smoothed (so that smoothing goes on after an interruption as if there had been none), and "face_box"
// and "upper_body_box" on request (boxes.h). A frame that could not be decoded has "error", and 0 for width and height.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/atomic_file.h"
#include "results/openpose_json.h"
#include "results/record.h"

namespace sinew::results {

std::string ToJsonLine(const Record& record, const JsonOptions& options = {});
// One line, with or without its end.
Result<Record> ParseJsonLine(std::string_view line);

// What a reader does with each record, in order; its failure ends the reading.
using RecordSink = std::function<Status(Record)>;

// Hands over the records of a text or a file and returns how many bytes they take. What follows the last line end was
// cut short by an interruption and is left out. kCorrupt, with the name and the line, for any other line that is not
// a record.
Result<uint64_t> ParseJsonLines(std::string_view text, std::string_view name, const RecordSink& sink);
Result<uint64_t> ReadJsonLines(const std::filesystem::path& path, const RecordSink& sink);

// Text as it comes back from JSON: what is not UTF-8, as in the name of a file, becomes U+FFFD. Record::source of a
// record that was read equals this of the source that was written.
std::string AsReadBack(std::string_view text);

// Writes `path` line by line under the name PATH.part until it is finished. Every written line stays, however the
// process ends. "-" is the standard output.
Result<std::unique_ptr<RecordWriter>> CreateJsonLinesWriter(const std::filesystem::path& path,
                                                            const JsonOptions& options = {},
                                                            const WriteOptions& write_options = {});

// The same, going on after the lines that an earlier run has left in `earlier`, which is PATH.part or, where that run
// was finished, PATH or a copy of it: `sink` gets their records first. Empty: there are none. Nothing is changed before
// the first new record comes. "-" cannot be resumed.
Result<std::unique_ptr<RecordWriter>> ResumeJsonLinesWriter(const std::filesystem::path& path,
                                                            const std::filesystem::path& earlier,
                                                            const RecordSink& sink, const JsonOptions& options = {},
                                                            const WriteOptions& write_options = {});

}  // namespace sinew::results
