// Comma separated values, for spreadsheets and data frames: a row a person a frame, and one for a frame without people.
//   source,frame,seconds,width,height,person,person_id,score,nose_x,nose_y,nose_score,neck_x,...,left_ear_score,error
// The columns of keypoints have the names that the skeleton gives them, in its order.
// "person" counts from 0 within the frame. What there is none of is empty: seconds of pictures, people of a frame
// without them, identities of people who were not followed, missing keypoints, errors. Quoted as RFC 4180 says; lines
// end with a line feed. The source's name keeps its bytes.
#pragma once

#include <filesystem>
#include <memory>

#include "base/atomic_file.h"
#include "results/record.h"
#include "sinew/model_description.h"

namespace sinew::results {

// Appears under its name when finished. Write: kInvalidArgument for people of another skeleton.
Result<std::unique_ptr<RecordWriter>> CreateCsvWriter(const std::filesystem::path& path, const Skeleton& skeleton,
                                                      const WriteOptions& options = {});

}  // namespace sinew::results
