// sinew as a worker of the comparison with other engines. The protocol is worker.py's; the model is an artifact.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "sinew/model.h"
#include "sinew/version.h"

namespace sinew {
namespace {

using Json = nlohmann::json;

class Worker {
 public:
  Result<Json> Perform(const Json& request) {
    const std::string& action = request.at("do").get_ref<const std::string&>();
    if (action == "load") return Load(request);
    if (action == "quit") return Json::object();
    if (!session_) return InvalidArgument("nothing is loaded");
    if (action == "run") return Run(request.at("count"));
    if (action == "save") return Save(request.at("path").get<std::string>());
    return InvalidArgument("no action is called \"{}\"", action);
  }

 private:
  Result<Json> Load(const Json& request) {
    const std::string path = request.at("input");
    SINEW_ASSIGN_OR_RETURN(const Model model, Model::Load(request.at("model").get<std::string>()));
    const Json& shape = request.at("shape");
    SINEW_ASSIGN_OR_RETURN(Session session,
                           Session::Create(model, {{shape.at(2), shape.at(1)}, request.at("threads")}));
    SINEW_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
    if (bytes.size() != session.input().size_bytes()) {
      return InvalidArgument("{}: has {} bytes, the network takes {}", path, bytes.size(),
                             session.input().size_bytes());
    }
    input_.resize(session.input().size());
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(input_.data()));
    session_ = std::move(session);
    return Json{{"version", kVersion}};
  }

  Result<Json> Run(int count) {
    using Milliseconds = std::chrono::duration<double, std::milli>;
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
      const auto start = std::chrono::steady_clock::now();
      std::copy(input_.begin(), input_.end(), session_->input().begin());
      SINEW_RETURN_IF_ERROR(session_->Run());
      times.push_back(Milliseconds(std::chrono::steady_clock::now() - start).count());
    }
    return Json{{"ms", times}};
  }

  Result<Json> Save(const std::string& path) {
    const TensorView view = session_->output();
    std::vector<float> values;
    const size_t pixels = static_cast<size_t>(view.height) * static_cast<size_t>(view.width);
    for (size_t p = 0; p < pixels; ++p) {
      const float* const pixel = view.data + p * view.pixel_stride;
      values.insert(values.end(), pixel, pixel + view.channels);
    }
    const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    SINEW_RETURN_IF_ERROR(WriteFile(path, bytes));
    return Json{{"shape", {1, view.height, view.width, view.channels}}};
  }

  std::optional<Session> session_;
  std::vector<float> input_;
};

Json Answer(Worker& worker, const std::string& line) {
  try {
    const Result<Json> answer = worker.Perform(Json::parse(line));
    return answer.ok() ? *answer : Json{{"error", answer.status().message()}};
  } catch (const Json::exception& error) {
    return {{"error", error.what()}};
  }
}

}  // namespace
}  // namespace sinew

int main() {
  sinew::Worker worker;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << sinew::Answer(worker, line) << std::endl;
    if (line.find("\"quit\"") != std::string::npos) break;
  }
}
