// Pictures from and to files, and people as OpenPose's JSON: what a program needs around sinew/pose.h.
//
//   auto picture = sinew::ReadPicture("street.jpg");
//   auto people = estimator->Estimate(picture->view());
//   sinew::DrawPeople(*people, estimator->description().skeleton, picture->mutable_view());
//   sinew::Status status = sinew::WritePicture("people.png", *picture);
//   std::cout << sinew::ToOpenPoseJson(*people);
//
// All functions are thread-safe for different files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinew/people.h"
#include "sinew/status.h"

namespace sinew {

// A picture that owns its pixels: rows of B, G, R bytes without gaps.
struct Picture {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;  // 3 * width * height

  // Valid while `pixels` stay where they are.
  ImageView view() const { return {pixels.data(), width, height, 3 * static_cast<size_t>(width)}; }
  MutableImageView mutable_view() { return {pixels.data(), width, height, 3 * static_cast<size_t>(width)}; }
};

// Reads a picture, whose kind its content tells: JPEG, PNG, and with their modules WebP, TIFF, HEIF and what FFmpeg
// reads. It comes upright, as EXIF asks for; alpha is dropped, samples of more than 8 bits are scaled, colour profiles
// are ignored. Errors name the file: kNotFound, kIo, kCorrupt (empty, truncated, damaged), kUnsupported (not a picture,
// or of a kind that would not be read right), kTooLarge (more than 100 million pixels), kUnavailable (a module is not
// installed).
Result<Picture> ReadPicture(const std::filesystem::path& path);
// The same from memory; `name` stands in messages.
Result<Picture> DecodePicture(std::span<const uint8_t> bytes, std::string_view name);

// Writes .jpg, .png or .webp, by the path's extension; the file appears only when it is whole. kInvalidArgument for a
// picture whose pixels are not 3 * width * height, kUnsupported for another extension, kIo.
Status WritePicture(const std::filesystem::path& path, const Picture& picture);

// OpenPose's JSON, version 1.3: {"version":1.3,"people":[{"person_id":[-1],"pose_keypoints_2d":[x,y,score, ...],
// ...}]}, on one line, with as many keypoints as the people have, in their order. Coordinates to a thousandth of a
// pixel, scores to a millionth; a missing keypoint, or one that is not finite, is 0,0,0. `person_ids` (Tracker): one a
// person, or none.
std::string ToOpenPoseJson(std::span<const Person> people, std::span<const int64_t> person_ids = {});

// Reads it back. Person scores are not in the format: they become the mean of the found keypoints'. kCorrupt, with
// `name` in front, for anything that is not such a document.
Result<std::vector<Person>> ParseOpenPoseJson(std::string_view text, std::string_view name);

}  // namespace sinew
