// Cameras, through the kernel's video4linux interface. Part of the backend module; see backend.h.
//
// Plain system calls (https://docs.kernel.org/userspace-api/media/v4l/v4l2.html): libavdevice would bring a hundred
// libraries of displays and sound servers along.
#pragma once

#include <poll.h>
#include <sys/mman.h>

#include <memory>
#include <string>
#include <string_view>

#include "media/video/video.h"

namespace sinew::media {

// What is asked of the kernel, with the meaning of the functions of the same names: tests have a driver of their own.
class CameraSystem {
 public:
  virtual ~CameraSystem() = default;
  virtual int Open(const char* device) const = 0;  // not blocking
  virtual int Close(int fd) const = 0;
  virtual int Ioctl(int fd, unsigned long request, void* argument) const = 0;
  virtual int Poll(pollfd* request, int milliseconds) const = 0;
  virtual void* Map(size_t size, int fd, int64_t offset) const = 0;  // MAP_FAILED
  virtual int Unmap(void* address, size_t size) const = 0;
};
const CameraSystem& KernelCameras();

// In the size that the camera has set, or 640x480 at first. Errors are those of OpenCamera (video.h).
Result<std::unique_ptr<VideoReader>> OpenV4l2Camera(const std::string& device, std::string_view name,
                                                    const VideoOptions& options,
                                                    const CameraSystem& system = KernelCameras());

}  // namespace sinew::media
