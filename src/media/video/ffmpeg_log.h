// What FFmpeg says about an error, caught on its way to the terminal.
#pragma once

#include <string>

namespace sinew::media {

// From now on FFmpeg prints nothing in this process.
void CatchFfmpegLog();

// Collects what FFmpeg says in this thread while it exists; of several, the innermost does. Decoders and encoders say
// some of it in threads of their own, which is lost.
class FfmpegSays {
 public:
  FfmpegSays();
  ~FfmpegSays();
  FfmpegSays(const FfmpegSays&) = delete;
  FfmpegSays& operator=(const FfmpegSays&) = delete;

  // "Invalid argument (width not divisible by 2)": FFmpeg's words for `code`, with its last complaint.
  std::string Explain(int code) const;
  bool complained() const { return complained_; }

 private:
  friend void ListenToFfmpeg(FfmpegSays* says, const std::string& line);

  FfmpegSays* const outer_;
  std::string last_;
  bool complained_ = false;
};

}  // namespace sinew::media
