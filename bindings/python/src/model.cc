// Skeletons, models, and what runs them.
#include "sinew/model.h"

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "bindings.h"
#include "errors.h"
#include "media/images/image.h"
#include "options.h"
#include "people.h"
#include "pictures.h"
#include "process_owned.h"
#include "runtime/thread_pool.h"
#include "service/model_cache.h"
#include "service/open_device.h"
#include "service/resolution_text.h"
#include "sinew/pose.h"

namespace sinew::python {
namespace {

namespace py = pybind11;

// Finds people in pictures of any size, in one resolution. Calls from several threads take turns.
class Estimator {
 public:
  Estimator(const Model& model, const PoseOptions& options) : model_(model), options_(options) { MakeWork(); }

  // (keypoints, scores, seconds of resize, network and decode, maps or None, candidates or None)
  py::tuple Estimate(const py::array& array, bool rgb, bool with_maps, bool with_candidates) {
    Work& work = MyWork();
    const PictureInArray picture = ToPicture(array, rgb);
    std::vector<Person> people;
    std::vector<std::vector<Keypoint>> peaks;
    PoseTimes times;
    py::object maps = py::none();
    {
      py::gil_scoped_release release;
      const std::lock_guard lock(work.mutex);
      people = Unwrap(work.estimator.Estimate(picture.view));
      times = work.estimator.times();
      if (with_candidates) peaks = work.estimator.candidates();
      if (with_maps) {
        const py::gil_scoped_acquire acquire;
        maps = ToArray(work.estimator.maps());
      }
    }
    const py::tuple arrays = ToArrays(people, model_.description()->skeleton.keypoint_count());
    return py::make_tuple(arrays[0], arrays[1], std::make_tuple(times.resize, times.network, times.decode), maps,
                          with_candidates ? py::object(ToCandidates(peaks)) : py::none());
  }

  Size resolution() { return ToSize(MyWork().estimator.resolution()); }

 private:
  struct Work {
    PoseEstimator estimator;
    std::mutex mutex;
  };

  void MakeWork() {
    py::gil_scoped_release release;
    work_ = ProcessOwned<Work>(std::unique_ptr<Work>(new Work{Unwrap(PoseEstimator::Create(model_, options_)), {}}));
  }

  // A forked process makes its own: of the parent's threads, it has none.
  Work& MyWork() {
    if (!work_.is_mine()) MakeWork();
    return *work_.get();
  }

  const Model model_;
  const PoseOptions options_;
  ProcessOwned<Work> work_;
};

// The network alone. Calls from several threads take turns.
class TensorSession {
 public:
  TensorSession(const Model& model, const SessionOptions& options) : model_(model), options_(options) { MakeWork(); }

  py::array_t<float> Run(const py::array& array) {
    const py::array_t<float, py::array::c_style> input = ToFloats(array);
    Work& work = MyWork();
    const TensorView out = work.session.output();
    const bool is_batch = input.ndim() == 4;
    std::vector<py::ssize_t> shape = {out.height, out.width, out.channels};
    if (is_batch) shape.insert(shape.begin(), input.shape(0));
    py::array_t<float> result(shape);
    float* const values = result.mutable_data();
    const py::gil_scoped_release release;
    const std::lock_guard lock(work.mutex);
    Check(work.session.RunBatch({input.data(), static_cast<size_t>(input.size())},
                                {values, static_cast<size_t>(result.size())}));
    return result;
  }

  std::tuple<int, int, int> input_shape() {
    const Resolution resolution = MyWork().session.resolution();
    return {resolution.height, resolution.width, 3};
  }
  std::tuple<int, int, int> output_shape() {
    const TensorView out = MyWork().session.output();
    return {out.height, out.width, out.channels};
  }
  int threads() { return MyWork().session.threads(); }

 private:
  struct Work {
    Session session;
    std::mutex mutex;
  };

  py::array_t<float, py::array::c_style> ToFloats(const py::array& array) {
    const auto [height, width, channels] = input_shape();
    const char kind = array.dtype().kind();
    if (kind != 'f' && kind != 'u' && kind != 'i') {
      Check(InvalidArgument("input: has values of type {}, needs numbers, such as float32",
                            py::str(array.dtype()).cast<std::string>()));
    }
    const py::ssize_t first = array.ndim() == 4 ? 1 : 0;
    const bool fits = (array.ndim() == 3 || array.ndim() == 4) && array.shape(first) == height &&
                      array.shape(first + 1) == width && array.shape(first + 2) == channels &&
                      (first == 0 || array.shape(0) > 0);
    if (!fits) {
      Check(InvalidArgument("input: has the shape {}, needs ({}, {}, {}) or (N, {}, {}, {})",
                            py::str(array.attr("shape")).cast<std::string>(), height, width, channels, height, width,
                            channels));
    }
    return py::array_t<float, py::array::c_style | py::array::forcecast>::ensure(array);
  }

  void MakeWork() {
    py::gil_scoped_release release;
    work_ = ProcessOwned<Work>(std::unique_ptr<Work>(new Work{Unwrap(Session::Create(model_, options_)), {}}));
  }
  Work& MyWork() {
    if (!work_.is_mine()) MakeWork();
    return *work_.get();
  }

  const Model model_;
  const SessionOptions options_;
  ProcessOwned<Work> work_;
};

std::unique_ptr<Estimator> MakeEstimator(const Model& model, const std::vector<Size>& resolutions, int threads,
                                         const py::dict& keywords) {
  PoseOptions options;
  options.session.threads = threads;
  if (!resolutions.empty()) options.session.resolution = ToResolution(resolutions[0]);
  for (size_t i = 1; i < resolutions.size(); ++i) options.more_scales.push_back(ToResolution(resolutions[i]));
  Keywords left(keywords);
  TakeDevice(&left, &options.session.device, &options.session.precision);
  TakePeopleOptions(&left, &options.fit, &options.flip_average, &options.decode);
  left.CheckAllTaken();
  return std::make_unique<Estimator>(model, options);
}

// The model, the resolution that 0x0 stands for, and the seconds that opening the compiled model took.
std::tuple<Model, Size, double> LoadModel(const std::string& model, const std::vector<Size>& resolutions,
                                          const py::dict& keywords, const py::object& log) {
  service::ModelRequest request;
  request.model = model;
  if (!resolutions.empty()) request.resolution = ToResolution(resolutions[0]);
  for (size_t i = 1; i < resolutions.size(); ++i) request.more_resolutions.push_back(ToResolution(resolutions[i]));
  Keywords left(keywords);
  Device device;
  TakeDevice(&left, &device, &request.precision);
  request.backend = device.backend();
  const service::ModelCache models(TakeCacheOptions(&left, log));
  left.CheckAllTaken();
  const py::gil_scoped_release release;
  service::CachedModel cached = Unwrap(models.Load(request));
  return {std::move(cached.model), ToSize(cached.resolution), cached.load_seconds};
}

InputConvention InputOf(const Model& model) {
  return model.description() == nullptr ? InputConvention() : model.description()->input;
}

py::tuple PickleSkeleton(const Skeleton& skeleton) {
  py::list keypoints, limbs;
  for (const SkeletonKeypoint& k : skeleton.keypoints)
    keypoints.append(
        py::make_tuple(k.name, std::make_tuple(k.color.r, k.color.g, k.color.b), k.oks_sigma, k.mirror, k.coco));
  for (const Limb& limb : skeleton.limbs)
    limbs.append(py::make_tuple(limb.from, limb.to, limb.field_x, limb.field_y, limb.in_tree));
  return py::make_tuple(skeleton.name, keypoints, limbs);
}

Skeleton UnpickleSkeleton(const py::tuple& state) {
  Skeleton skeleton;
  skeleton.name = state[0].cast<std::string>();
  for (const py::handle item : state[1]) {
    const auto [name, color, sigma, mirror, coco] =
        item.cast<std::tuple<std::string, std::tuple<uint8_t, uint8_t, uint8_t>, double, int, int>>();
    skeleton.keypoints.push_back(
        {name, {std::get<0>(color), std::get<1>(color), std::get<2>(color)}, sigma, mirror, coco});
  }
  for (const py::handle item : state[2]) {
    const auto [from, to, x, y, in_tree] = item.cast<std::tuple<int, int, int, int, bool>>();
    skeleton.limbs.push_back({from, to, x, y, in_tree});
  }
  Check(skeleton.Validate());
  return skeleton;
}

void BindSkeleton(py::module_& module) {
  py::class_<Skeleton>(module, "Skeleton", "What keypoints a model finds, and which of them belong together.")
      .def_readonly("name", &Skeleton::name, "\"coco18\", ...")
      .def_property_readonly(
          "keypoints",
          [](const Skeleton& self) {
            py::tuple names(self.keypoints.size());
            for (size_t i = 0; i < self.keypoints.size(); ++i) names[i] = self.keypoints[i].name;
            return names;
          },
          "The names of the keypoints, in their order.")
      .def_property_readonly(
          "limbs",
          [](const Skeleton& self) {
            py::list pairs;
            for (const Limb& limb : self.limbs) {
              if (limb.in_tree) pairs.append(py::make_tuple(limb.from, limb.to));
            }
            return py::tuple(pairs);
          },
          "Pairs of indices of keypoints: the limbs that are drawn.")
      .def_property_readonly(
          "joins",
          [](const Skeleton& self) {
            py::tuple pairs(self.limbs.size());
            for (size_t i = 0; i < self.limbs.size(); ++i)
              pairs[i] = py::make_tuple(self.limbs[i].from, self.limbs[i].to);
            return pairs;
          },
          "Pairs of indices of keypoints: all limbs, in the order in which people are assembled.")
      .def_property_readonly(
          "colors",
          [](const Skeleton& self) {
            py::list colors;
            for (const SkeletonKeypoint& k : self.keypoints)
              colors.append(py::make_tuple(k.color.r, k.color.g, k.color.b));
            return py::tuple(colors);
          },
          "Red, green and blue, 0 to 255, of each keypoint.")
      .def("__len__", &Skeleton::keypoint_count)
      .def(
          "__eq__", [](const Skeleton& a, const Skeleton& b) { return a == b; }, py::is_operator())
      .def("__hash__", [](const Skeleton& self) { return py::hash(py::str(self.name)); })
      .def("__repr__",
           [](const Skeleton& self) {
             return fmt::format("<Skeleton {}: {} keypoints, {} limbs>", self.name, self.keypoints.size(),
                                self.limbs.size());
           })
      .def(py::pickle(&PickleSkeleton, &UnpickleSkeleton));
}

}  // namespace

std::function<void(std::string_view line)> ToLog(const py::object& function) {
  if (function.is_none()) return nullptr;
  // The last copy may go on a thread without the interpreter's lock.
  const std::shared_ptr<py::object> shared(new py::object(function), [](py::object* object) {
    const py::gil_scoped_acquire acquire;
    delete object;
  });
  return [shared](std::string_view line) {
    const py::gil_scoped_acquire acquire;
    try {
      (*shared)(line);
    } catch (py::error_already_set& error) {
      error.discard_as_unraisable("the log of sinew");  // it is told, and the work goes on
    }
  };
}

void BindModel(py::module_& module) {
  BindSkeleton(module);
  module.def("coco18", &Coco18Skeleton, "The skeleton of tf-pose-estimation's models.");
  module.def("processors", &runtime::AvailableProcessors, "How many processors this process may use.");

  py::class_<Model>(module, "Model")
      .def_property_readonly("name", &Model::name)
      .def_property_readonly("target", &Model::target)
      .def_property_readonly("weight_bytes", &Model::weight_bytes)
      .def_property_readonly("weights_hash",
                             [](const Model& self) { return fmt::format("{:016x}", self.weights_hash()); })
      .def_property_readonly("resolutions",
                             [](const Model& self) {
                               std::vector<Size> sizes;
                               for (const Resolution& resolution : self.resolutions())
                                 sizes.push_back(ToSize(resolution));
                               return sizes;
                             })
      .def_property_readonly("skeleton",
                             [](const Model& self) -> py::object {
                               if (self.description() == nullptr) return py::none();
                               return py::cast(self.description()->skeleton);
                             })
      .def_property_readonly(
          "map_channels",
          [](const Model& self) -> py::object {
            const ModelDescription* const description = self.description();
            if (description == nullptr) return py::none();
            return py::make_tuple(description->heads.heat_maps.count, description->first_field(),
                                  description->map_channels());
          },
          "(keypoints, the first channel of the fields, all): of maps.")
      .def_property_readonly("stride", [](const Model& self) -> py::object {
        if (self.description() == nullptr) return py::none();
        return py::int_(self.description()->heads.stride);
      });

  module.def("load", &LoadModel, py::arg("model"), py::arg("resolutions"), py::arg("options"), py::arg("log"));
  module.def(
      "fit_resolution",
      [](const Model& model, const Size& wish, int width, int height) {
        return ToSize(Unwrap(FitResolution(ToResolution(wish), width, height, InputOf(model))));
      },
      py::arg("model"), py::arg("wish"), py::arg("width"), py::arg("height"));
  module.def(
      "make_scales",
      [](const Size& largest, int number, double gap) {
        std::vector<Size> sizes;
        for (const Resolution& scale : Unwrap(MakeScales(ToResolution(largest), number, gap)))
          sizes.push_back(ToSize(scale));
        return sizes;
      },
      py::arg("largest"), py::arg("number"), py::arg("gap"));
  module.def(
      "parse_resolution", [](const std::string& text) { return ToSize(Unwrap(service::ParseResolutionOrFit(text))); },
      py::arg("text"));

  py::class_<Estimator>(module, "Estimator")
      .def(py::init(&MakeEstimator), py::arg("model"), py::arg("resolutions"), py::arg("threads"), py::arg("options"))
      .def("estimate", &Estimator::Estimate, py::arg("picture"), py::arg("rgb"), py::arg("with_maps"),
           py::arg("with_candidates"))
      .def_property_readonly("resolution", &Estimator::resolution);

  py::class_<TensorSession>(module, "Session", R"(The network alone: floats in, floats out.

Calls from several threads take turns; a session of its own for each thread lets them work side by side.)")
      .def(py::init([](const Model& model, const Size& resolution, int threads, const py::dict& keywords) {
             SessionOptions options;
             options.resolution = ToResolution(resolution);
             options.threads = threads;
             Keywords left(keywords);
             TakeDevice(&left, &options.device, &options.precision);
             left.CheckAllTaken();
             return std::make_unique<TensorSession>(model, options);
           }),
           py::arg("model"), py::arg("resolution"), py::arg("threads"), py::arg("options") = py::dict())
      .def("run", &TensorSession::Run, py::arg("input"),
           R"(Runs the network on (height, width, 3) floats, or on (N, height, width, 3), one after another.

The values are those that the network was trained on: for tf-pose-estimation's B, G, R of 0 to 255. Returns the first
output, float32, of the shape `output_shape`, with N in front where the input has it.)")
      .def_property_readonly("input_shape", &TensorSession::input_shape, "(height, width, 3)")
      .def_property_readonly("output_shape", &TensorSession::output_shape, "(height, width, channels)")
      .def_property_readonly("threads", &TensorSession::threads);

  module.def(
      "read_picture",
      [](const std::string& path) {
        return ToArray(WithoutInterpreter([&] { return Unwrap(media::ReadImage(path)); }));
      },
      py::arg("path"));
  module.def(
      "decode_picture",
      [](const py::bytes& bytes) {
        const std::string_view view = bytes;
        const std::span<const uint8_t> data(reinterpret_cast<const uint8_t*>(view.data()), view.size());
        return ToArray(WithoutInterpreter([&] { return Unwrap(media::DecodeImage(data, "picture in memory")); }));
      },
      py::arg("bytes"));
  module.def(
      "write_picture",
      [](const std::string& path, const py::array& array, bool rgb) {
        const PictureInArray picture = ToPicture(array, rgb);
        const py::gil_scoped_release release;
        media::Image image = media::Image::OfSize(picture.view.width, picture.view.height);
        const size_t row = 3 * static_cast<size_t>(image.width);
        for (size_t y = 0; y < static_cast<size_t>(image.height); ++y)
          std::copy_n(picture.view.data + y * picture.view.row_stride_bytes, row, image.pixels.data() + y * row);
        Check(media::WriteImage(path, image));
      },
      py::arg("path"), py::arg("picture"), py::arg("rgb"));
}

}  // namespace sinew::python
