// Formats, buffers, and the conversion of frames.
#include "media/video/v4l2_camera.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

extern "C" {
#include <libavutil/imgutils.h>
}

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

#include "base/error.h"
#include "media/limits.h"
#include "media/video/ffmpeg_colors.h"
#include "media/video/ffmpeg_objects.h"

namespace sinew::media {
namespace {

// One being read, and enough for the camera to go on meanwhile.
constexpr unsigned kBuffers = 4;

struct PixelFormat {
  uint32_t v4l2;
  AVPixelFormat ffmpeg;  // none: JPEG pictures
};
// In the order of preference: what costs least to convert at no loss. Cameras that are too fast for their cable
// compress.
constexpr PixelFormat kFormats[] = {
    {V4L2_PIX_FMT_YUYV, AV_PIX_FMT_YUYV422}, {V4L2_PIX_FMT_UYVY, AV_PIX_FMT_UYVY422},
    {V4L2_PIX_FMT_NV12, AV_PIX_FMT_NV12},    {V4L2_PIX_FMT_YUV420, AV_PIX_FMT_YUV420P},
    {V4L2_PIX_FMT_BGR24, AV_PIX_FMT_BGR24},  {V4L2_PIX_FMT_RGB24, AV_PIX_FMT_RGB24},
    {V4L2_PIX_FMT_MJPEG, AV_PIX_FMT_NONE},   {V4L2_PIX_FMT_JPEG, AV_PIX_FMT_NONE},
    {V4L2_PIX_FMT_GREY, AV_PIX_FMT_GRAY8},
};

class Kernel : public CameraSystem {
 public:
  int Open(const char* device) const override { return ::open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC); }
  int Close(int fd) const override { return ::close(fd); }
  int Ioctl(int fd, unsigned long request, void* argument) const override { return ::ioctl(fd, request, argument); }
  int Poll(pollfd* request, int milliseconds) const override { return ::poll(request, 1, milliseconds); }
  void* Map(size_t size, int fd, int64_t offset) const override {
    return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
  }
  int Unmap(void* address, size_t size) const override { return ::munmap(address, size); }
};

class Camera : public VideoReader {
 public:
  Camera(std::string_view name, const VideoOptions& options, const CameraSystem& system)
      : name_(name), options_(options), system_(system) {}

  ~Camera() override {
    if (streaming_) {
      int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
      system_.Ioctl(fd_, VIDIOC_STREAMOFF, &type);
    }
    for (const Mapping& mapping : mappings_) system_.Unmap(mapping.data, mapping.size);
    if (fd_ >= 0) system_.Close(fd_);
  }

  Status Open(const std::string& device) {
    fd_ = system_.Open(device.c_str());
    if (fd_ < 0) {
      return Unavailable("{}: the camera cannot be opened ({}): is it in use, or closed to this user (group video)?",
                         name_, std::strerror(errno));
    }
    v4l2_capability capability = {};
    if (Call(VIDIOC_QUERYCAP, &capability) != 0) return Unsupported("{}: the device is not a camera", name_);
    const uint32_t can =
        (capability.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? capability.device_caps : capability.capabilities;
    if ((can & V4L2_CAP_VIDEO_CAPTURE) == 0 || (can & V4L2_CAP_STREAMING) == 0)
      return Unsupported("{}: the device sends no video (many cameras have a second device for other data)", name_);
    SINEW_RETURN_IF_ERROR(ChooseFormat());
    ReadRate();
    SINEW_RETURN_IF_ERROR(MapBuffers());
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (Call(VIDIOC_STREAMON, &type) != 0) {
      return Unavailable("{}: the camera does not start ({}): is it in use by another program?", name_,
                         std::strerror(errno));
    }
    streaming_ = true;
    return Status();
  }

  VideoFormat format() const override {
    return {static_cast<int>(pixels_.width), static_cast<int>(pixels_.height), frames_per_second_};
  }
  int64_t frame_count_estimate() const override { return 0; }
  std::optional<double> seconds() const override { return std::nullopt; }

  Result<bool> Next(Image* frame) override {
    SINEW_ASSIGN_OR_RETURN(v4l2_buffer buffer, Wait());
    Status status = Convert(buffer, frame);
    SINEW_RETURN_IF_ERROR(GiveBack(&buffer));
    if (!status.ok()) return status;
    return true;
  }
  Result<bool> Skip() override {
    SINEW_ASSIGN_OR_RETURN(v4l2_buffer buffer, Wait());
    SINEW_RETURN_IF_ERROR(GiveBack(&buffer));
    return true;
  }

 private:
  struct Mapping {
    void* data;
    size_t size;
  };

  int Call(unsigned long request, void* argument) const {
    int code;
    do {
      code = system_.Ioctl(fd_, request, argument);
    } while (code != 0 && errno == EINTR);
    return code;
  }

  Status ChooseFormat() {
    std::vector<uint32_t> offered;
    v4l2_fmtdesc description = {};
    description.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    for (; Call(VIDIOC_ENUM_FMT, &description) == 0; ++description.index) offered.push_back(description.pixelformat);
    v4l2_format format = {};
    format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (Call(VIDIOC_G_FMT, &format) != 0 || format.fmt.pix.width == 0 || format.fmt.pix.height == 0) {
      format.fmt.pix.width = 640;
      format.fmt.pix.height = 480;
    }
    for (const PixelFormat& candidate : kFormats) {
      if (std::find(offered.begin(), offered.end(), candidate.v4l2) == offered.end()) continue;
      v4l2_format wish = format;
      wish.fmt.pix.pixelformat = candidate.v4l2;
      wish.fmt.pix.field = V4L2_FIELD_ANY;
      wish.fmt.pix.bytesperline = wish.fmt.pix.sizeimage = 0;
      if (Call(VIDIOC_S_FMT, &wish) != 0) {
        if (errno == EBUSY) return Unavailable("{}: the camera is in use by another program", name_);
        continue;
      }
      if (wish.fmt.pix.pixelformat != candidate.v4l2) continue;
      pixels_ = wish.fmt.pix;
      pixel_format_ = candidate.ffmpeg;
      SINEW_RETURN_IF_ERROR(CheckPictureSize(name_, pixels_.width, pixels_.height, options_.limits));
      return candidate.ffmpeg == AV_PIX_FMT_NONE ? OpenJpegDecoder() : CheckLayout();
    }
    return Unsupported("{}: the camera offers no pixel format that can be read (YUYV, UYVY, NV12, MJPEG, ...)", name_);
  }

  // Rows as long as the driver says, and no picture larger than it says.
  Status CheckLayout() {
    int strides[4] = {};
    if (av_image_fill_linesizes(strides, pixel_format_, static_cast<int>(pixels_.width)) < 0)
      return Corrupt("{}: the camera has frames of {}x{}", name_, pixels_.width, pixels_.height);
    const uint32_t least = static_cast<uint32_t>(strides[0]);
    if (pixels_.bytesperline > least) {
      // The rows of further planes are as much longer as the first plane's.
      for (int& stride : strides) stride = static_cast<int>(int64_t{stride} * pixels_.bytesperline / least);
    }
    std::copy(std::begin(strides), std::end(strides), std::begin(strides_));
    uint8_t* planes[4] = {};
    frame_bytes_ = av_image_fill_pointers(planes, pixel_format_, static_cast<int>(pixels_.height), nullptr, strides_);
    if (frame_bytes_ < 0) return Corrupt("{}: the camera has frames of {}x{}", name_, pixels_.width, pixels_.height);
    frame_.reset(av_frame_alloc());
    return frame_ ? Status() : TooLarge("{}: out of memory", name_);
  }

  Status OpenJpegDecoder() {
    const AVCodec* const codec = avcodec_find_decoder(AV_CODEC_ID_MJPEG);
    if (codec == nullptr) return Unsupported("{}: FFmpeg here has no decoder for MJPEG", name_);
    jpeg_.reset(avcodec_alloc_context3(codec));
    frame_.reset(av_frame_alloc());
    packet_.reset(av_packet_alloc());
    if (!jpeg_ || !frame_ || !packet_) return TooLarge("{}: out of memory", name_);
    jpeg_->max_pixels = options_.limits.max_pixels;
    jpeg_->thread_count = 1;  // further threads would hold frames back
    if (avcodec_open2(jpeg_.get(), codec, nullptr) < 0)
      return Unsupported("{}: the MJPEG decoder cannot be opened", name_);
    return Status();
  }

  void ReadRate() {
    v4l2_streamparm parameters = {};
    parameters.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (Call(VIDIOC_G_PARM, &parameters) != 0) return;
    const v4l2_fract& time = parameters.parm.capture.timeperframe;
    if (time.numerator > 0 && time.denominator > 0)
      frames_per_second_ = static_cast<double>(time.denominator) / time.numerator;
  }

  Status MapBuffers() {
    v4l2_requestbuffers request = {};
    request.count = kBuffers;
    request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    request.memory = V4L2_MEMORY_MMAP;
    if (Call(VIDIOC_REQBUFS, &request) != 0 || request.count == 0)
      return Unavailable("{}: the camera gives no buffers ({})", name_, std::strerror(errno));
    for (unsigned i = 0; i < request.count; ++i) {
      v4l2_buffer buffer = {};
      buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
      buffer.memory = V4L2_MEMORY_MMAP;
      buffer.index = i;
      if (Call(VIDIOC_QUERYBUF, &buffer) != 0)
        return Unavailable("{}: the camera gives no buffers ({})", name_, std::strerror(errno));
      void* const data = system_.Map(buffer.length, fd_, buffer.m.offset);
      if (data == MAP_FAILED) return Unavailable("{}: the camera's memory cannot be mapped", name_);
      mappings_.push_back({data, buffer.length});
      SINEW_RETURN_IF_ERROR(GiveBack(&buffer));
    }
    return Status();
  }

  Status GiveBack(v4l2_buffer* buffer) const {
    if (Call(VIDIOC_QBUF, buffer) == 0) return Status();
    return Unavailable("{}: the camera takes no buffer back ({})", name_, std::strerror(errno));
  }

  // A filled buffer.
  Result<v4l2_buffer> Wait() const {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    for (;;) {
      if (IsStopped(options_.stop)) return Cancelled("{}: stopped", name_);
      pollfd request = {fd_, POLLIN, 0};
      const int ready = system_.Poll(&request, static_cast<int>(kStopInterval.count()));
      if (ready < 0 && errno != EINTR) return Unavailable("{}: {}", name_, std::strerror(errno));
      if (ready > 0) {
        v4l2_buffer buffer = {};
        buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
        buffer.memory = V4L2_MEMORY_MMAP;
        if (Call(VIDIOC_DQBUF, &buffer) == 0) {
          if (buffer.index < mappings_.size()) return buffer;
          return Unavailable("{}: the camera's driver names a buffer that it does not have", name_);
        }
        if (errno != EAGAIN)
          return Unavailable("{}: the camera sends no frames ({}); is it still connected?", name_,
                             std::strerror(errno));
      }
      const double waited = std::chrono::duration<double>(Clock::now() - start).count();
      if (options_.timeout_seconds > 0 && waited > options_.timeout_seconds)
        return Unavailable("{}: no frame for {} seconds; is the camera still connected?", name_,
                           options_.timeout_seconds);
    }
  }

  Status Convert(const v4l2_buffer& buffer, Image* image) {
    const Mapping& mapping = mappings_[buffer.index];
    const size_t bytes = std::min<size_t>(buffer.bytesused, mapping.size);
    if ((buffer.flags & V4L2_BUF_FLAG_ERROR) != 0) return Corrupt("{}: the camera sent a damaged frame", name_);
    if (jpeg_) {
      SINEW_RETURN_IF_ERROR(DecodeJpeg(static_cast<uint8_t*>(mapping.data), bytes));
    } else {
      if (bytes < static_cast<size_t>(frame_bytes_))
        return Corrupt("{}: the camera sent {} bytes of a frame of {}", name_, bytes, frame_bytes_);
      frame_->format = pixel_format_;
      frame_->width = static_cast<int>(pixels_.width);
      frame_->height = static_cast<int>(pixels_.height);
      std::copy(std::begin(strides_), std::end(strides_), frame_->linesize);
      av_image_fill_pointers(frame_->data, pixel_format_, frame_->height, static_cast<uint8_t*>(mapping.data),
                             frame_->linesize);
      SetColors();
    }
    SINEW_RETURN_IF_ERROR(CheckPictureSize(name_, frame_->width, frame_->height, options_.limits));
    return to_bgr_.Convert(*frame_, name_, image);
  }

  Status DecodeJpeg(uint8_t* data, size_t size) {
    packet_->data = data;
    packet_->size = static_cast<int>(size);
    int code = avcodec_send_packet(jpeg_.get(), packet_.get());
    packet_->data = nullptr;
    packet_->size = 0;
    if (code >= 0) code = avcodec_receive_frame(jpeg_.get(), frame_.get());
    if (code >= 0) return Status();
    return Corrupt("{}: the camera sent a frame that cannot be decoded: {}", name_, FfmpegMessage(code));
  }

  // By the kernel's rules for what the driver leaves open.
  void SetColors() {
    uint32_t matrix = pixels_.ycbcr_enc, range = pixels_.quantization;
    if (matrix == V4L2_YCBCR_ENC_DEFAULT) matrix = V4L2_MAP_YCBCR_ENC_DEFAULT(pixels_.colorspace);
    if (range == V4L2_QUANTIZATION_DEFAULT) range = V4L2_MAP_QUANTIZATION_DEFAULT(false, pixels_.colorspace, matrix);
    frame_->colorspace = matrix == V4L2_YCBCR_ENC_709         ? AVCOL_SPC_BT709
                         : matrix == V4L2_YCBCR_ENC_BT2020    ? AVCOL_SPC_BT2020_NCL
                         : matrix == V4L2_YCBCR_ENC_SMPTE240M ? AVCOL_SPC_SMPTE240M
                                                              : AVCOL_SPC_SMPTE170M;
    const bool full = range == V4L2_QUANTIZATION_FULL_RANGE || pixel_format_ == AV_PIX_FMT_GRAY8;
    frame_->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  }

  const std::string name_;
  const VideoOptions options_;
  const CameraSystem& system_;
  int fd_ = -1;
  bool streaming_ = false;
  std::vector<Mapping> mappings_;
  v4l2_pix_format pixels_ = {};
  AVPixelFormat pixel_format_ = AV_PIX_FMT_NONE;
  int strides_[4] = {};
  int frame_bytes_ = 0;
  double frames_per_second_ = 0;
  CodecPtr jpeg_;  // for cameras that compress
  FramePtr frame_;
  PacketPtr packet_;
  ToBgr to_bgr_;
};

}  // namespace

const CameraSystem& KernelCameras() {
  static const Kernel kernel;
  return kernel;
}

Result<std::unique_ptr<VideoReader>> OpenV4l2Camera(const std::string& device, std::string_view name,
                                                    const VideoOptions& options, const CameraSystem& system) {
  auto camera = std::make_unique<Camera>(name, options, system);
  SINEW_RETURN_IF_ERROR(camera->Open(device));
  return std::unique_ptr<VideoReader>(std::move(camera));
}

}  // namespace sinew::media
