// The three metadata services, played by a server on this machine.
#include "measure/instance.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include "base/check.h"
#include "base/process.h"

namespace sinew::measure {
namespace {

// Answers each request with what `body` makes of it; an empty body is "404 Not Found".
class StandIn {
 public:
  explicit StandIn(std::function<std::string(const std::string& request)> body) : body_(std::move(body)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SINEW_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
                listen(listener_, 8) == 0);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    setenv("SINEW_METADATA_URL", ("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port))).c_str(), 1);
    thread_ = std::thread([this] { Serve(); });
  }
  ~StandIn() {
    unsetenv("SINEW_METADATA_URL");
    shutdown(listener_, SHUT_RDWR);
    close(listener_);
    thread_.join();
  }

 private:
  void Serve() {
    for (int connection; (connection = accept(listener_, nullptr, nullptr)) >= 0; close(connection)) {
      std::string request;
      char buffer[2048];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t count = recv(connection, buffer, sizeof(buffer), 0);
        if (count <= 0) break;
        request.append(buffer, static_cast<size_t>(count));
      }
      const std::string body = body_(request);
      const std::string answer = std::string(body.empty() ? "HTTP/1.1 404 Not Found" : "HTTP/1.1 200 OK") +
                                 "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                                 "\r\n\r\n" + body;
      (void)send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  std::function<std::string(const std::string&)> body_;
  int listener_;
  std::thread thread_;
};

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class InstanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RunProcess({"curl", "--version"}).ok()) GTEST_SKIP() << "there is no curl program";
  }
};

TEST_F(InstanceTest, Aws) {
  // Version 2 of the service: nothing without a token, and a token for a PUT alone.
  const StandIn server([](const std::string& request) -> std::string {
    if (request.starts_with("PUT /latest/api/token ") && Has(request, "X-aws-ec2-metadata-token-ttl-seconds: "))
      return "secret==";
    if (!Has(request, "X-aws-ec2-metadata-token: secret==\r\n")) return "";
    if (request.starts_with("GET /latest/meta-data/instance-type ")) return "c6a.large";
    if (request.starts_with("GET /latest/meta-data/placement/region ")) return "us-east-1";
    return "";
  });
  const auto instance = ThisInstance();
  ASSERT_TRUE(instance);
  EXPECT_EQ(instance->provider + " " + instance->type + " " + instance->region, "aws c6a.large us-east-1");
}

TEST_F(InstanceTest, Gcp) {
  const StandIn server([](const std::string& request) -> std::string {
    if (!Has(request, "Metadata-Flavor: Google\r\n")) return "";
    if (request.starts_with("GET /computeMetadata/v1/instance/machine-type "))
      return "projects/12/machineTypes/n2-standard-4";
    if (request.starts_with("GET /computeMetadata/v1/instance/zone ")) return "projects/12/zones/europe-west1-b";
    return "";
  });
  const auto instance = ThisInstance();
  ASSERT_TRUE(instance);
  EXPECT_EQ(instance->provider + " " + instance->type + " " + instance->region, "gcp n2-standard-4 europe-west1");
}

TEST_F(InstanceTest, Azure) {
  const StandIn server([](const std::string& request) -> std::string {
    if (!request.starts_with("GET /metadata/instance/compute?api-version=") || !Has(request, "Metadata: true\r\n"))
      return "";
    return R"({"location": "westeurope", "vmSize": "Standard_F2s_v2"})";
  });
  const auto instance = ThisInstance();
  ASSERT_TRUE(instance);
  EXPECT_EQ(instance->provider + " " + instance->type + " " + instance->region, "azure Standard_F2s_v2 westeurope");
}

TEST_F(InstanceTest, WhatMakesNoSenseIsNoInstance) {
  for (const std::string body : {"", "<html>a login page</html>", "\x01\x02", "{\"vmSize\": 7}", "[1]"}) {
    const StandIn server([&](const std::string&) { return body; });
    EXPECT_FALSE(ThisInstance()) << body;
  }
  const StandIn endless([](const std::string&) { return std::string(100'000, 'x'); });
  EXPECT_FALSE(ThisInstance());
}

TEST_F(InstanceTest, NobodyAnswers) {
  setenv("SINEW_METADATA_URL", "http://127.0.0.1:1", 1);
  EXPECT_FALSE(ThisInstance());
  unsetenv("SINEW_METADATA_URL");
}

}  // namespace
}  // namespace sinew::measure
