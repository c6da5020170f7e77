// Requests to a miniature network.
#include "serving/pose_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "base/file.h"
#include "compiler/import/models_test_util.h"
#include "media/images/codec.h"

namespace sinew::serving {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class PoseServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              fmt::format("pose_service_{}", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    ASSERT_TRUE(WriteFile(folder_ / "graph.pb", import::PoseNetwork().GraphDef()).ok());
    cache_ = std::make_unique<service::ModelCache>(
        service::ModelCache::Options{.folder = folder_ / "cache", .log = nullptr});
    PoseService::Options options;
    options.scheduler = {.processors = 2, .max_queue = 16};
    options.limits = {.image = {.max_pixels = 100'000}, .max_pictures = 3};
    service_ = std::make_unique<PoseService>(
        options, std::vector<ModelSource>{{"mini", (folder_ / "graph.pb").string(), {64, 48}}}, cache_.get());
    const Status status = service_->models().Load("mini");
    ASSERT_TRUE(status.ok()) << status.message();
  }
  void TearDown() override {
    service_.reset();
    fs::remove_all(folder_);
  }
  static std::string Picture(int width = 80, int height = 60) {
    media::Image image = media::Image::OfSize(width, height);
    for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * i / 77);
    return media::EncodePng(image).value();
  }
  PeopleAnswer Find(PeopleRequest request) {
    while (request.names.size() < request.pictures.size())
      request.names.push_back(fmt::format("picture {}", request.names.size()));
    std::promise<PeopleAnswer> answer;
    service_->FindPeople(std::move(request), [&](PeopleAnswer found) { answer.set_value(std::move(found)); });
    return answer.get_future().get();
  }

  fs::path folder_;
  std::unique_ptr<service::ModelCache> cache_;
  std::unique_ptr<PoseService> service_;
};

TEST_F(PoseServiceTest, FindsWhatTheEstimatorFinds) {
  const PeopleAnswer answer = Find({{}, {Picture()}, {"a.png"}});
  ASSERT_FALSE(answer.error) << answer.error->message;
  ASSERT_EQ(answer.records.size(), 1u);
  EXPECT_EQ(answer.records[0].source, "a.png");
  EXPECT_EQ(answer.records[0].width, 80);
  const auto model = cache_->Load({(folder_ / "graph.pb").string(), {64, 48}, {}});
  auto estimator = PoseEstimator::Create(model->model, {.session = {{64, 48}, 1}});
  const std::string bytes = Picture();
  const auto image = media::DecodeImage({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, "a");
  EXPECT_EQ(answer.records[0].people, *estimator->Estimate(image->view()));
  EXPECT_GT(answer.seconds.network, 0);
  EXPECT_EQ(service_->statistics().Figures().at("mini").succeeded, 1u);
}

TEST_F(PoseServiceTest, AChoiceOfThresholdsHoldsForItsRequestAlone) {
  PeopleRequest strict{{}, {Picture()}, {}};
  strict.options.decode = {.peak_threshold = 0.001f, .paf_threshold = 0, .min_score = 0, .min_parts = 1};
  const PeopleRequest eager = strict;
  const size_t before = Find(strict).records[0].people.size();
  ASSERT_GT(before, 0u) << "with limits as low as these there is somebody in anything";
  strict.options.decode.min_score = 1000;
  EXPECT_EQ(Find(strict).records[0].people.size(), 0u);
  EXPECT_EQ(Find(eager).records[0].people.size(), before);
  strict.options.decode.min_score = -1;
  EXPECT_EQ(Find(strict).error->kind, ErrorKind::kBadInput);
}

TEST_F(PoseServiceTest, BadPicturesAreErrorsThatNameThem) {
  EXPECT_EQ(Find({{}, {}, {}}).error->kind, ErrorKind::kBadInput);
  const PeopleAnswer text = Find({{}, {"no picture at all"}, {"a.jpg"}});
  EXPECT_EQ(text.error->kind, ErrorKind::kUnsupported);
  EXPECT_THAT(text.error->message, HasSubstr("a.jpg"));
  EXPECT_EQ(Find({{}, {Picture().substr(0, 400)}, {}}).error->kind, ErrorKind::kBadInput);
  EXPECT_EQ(Find({{}, {Picture(400, 300)}, {}}).error->kind, ErrorKind::kTooLarge) << "more pixels than allowed";
  EXPECT_EQ(Find({{}, std::vector<std::string>(4, Picture()), {}}).error->kind, ErrorKind::kTooLarge);
  const PeopleAnswer mixed = Find({{}, {Picture(), "none"}, {"a.png", "b.png"}});
  ASSERT_FALSE(mixed.error);
  EXPECT_EQ(mixed.records[0].error, "");
  EXPECT_THAT(mixed.records[1].error, HasSubstr("b.png"));
}

TEST_F(PoseServiceTest, UnknownModelsAreNamedAndNotCounted) {
  PeopleRequest request{{}, {Picture()}, {}};
  request.options.model = "other";
  EXPECT_EQ(Find(request).error->kind, ErrorKind::kNotFound);
  EXPECT_THAT(Find(request).error->message, HasSubstr("\"other\""));
  EXPECT_FALSE(service_->statistics().Figures().contains("other"));
  request.options.model = "mini";
  request.options.version = "7";
  EXPECT_THAT(Find(request).error->message, HasSubstr("version \"7\""));
}

TEST_F(PoseServiceTest, Draws) {
  PeopleRequest request{{}, {Picture()}, {}};
  for (const auto mode : {results::RenderMode::kSkeleton, results::RenderMode::kHeatmap, results::RenderMode::kPaf}) {
    request.options.render = mode;
    const PeopleAnswer answer = Find(request);
    ASSERT_FALSE(answer.error) << answer.error->message;
    const auto drawn =
        media::DecodeImage({reinterpret_cast<const uint8_t*>(answer.rendered.data()), answer.rendered.size()}, "drawn");
    ASSERT_TRUE(drawn.ok());
    EXPECT_EQ(drawn->width, 80);
  }
}

TEST_F(PoseServiceTest, SequencesGiveIds) {
  PeopleRequest request{{}, {Picture()}, {}};
  request.options.sequence = {"s", true, false};
  const PeopleAnswer first = Find(request);
  ASSERT_FALSE(first.error) << first.error->message;
  request.options.sequence.start = false;
  const PeopleAnswer second = Find(request);
  ASSERT_FALSE(second.error) << second.error->message;
  EXPECT_EQ(first.records[0].person_ids, second.records[0].person_ids);
  EXPECT_EQ(first.records[0].person_ids.size(), first.records[0].people.size());
}

TEST_F(PoseServiceTest, MapsOfTensors) {
  MapsRequest request;
  request.pixels.assign(2 * 64 * 48 * 3, 100);
  std::promise<MapsAnswer> promise;
  service_->ComputeMaps(request, [&](MapsAnswer found) { promise.set_value(std::move(found)); });
  const MapsAnswer answer = promise.get_future().get();
  ASSERT_FALSE(answer.error) << answer.error->message;
  EXPECT_EQ(answer.pictures, 2);
  EXPECT_EQ(answer.channels, 57);
  const size_t half = answer.maps.size() / 2;
  EXPECT_TRUE(std::equal(answer.maps.begin(), answer.maps.begin() + static_cast<ptrdiff_t>(half),
                         answer.maps.begin() + static_cast<ptrdiff_t>(half)));
  request.pixels.pop_back();
  std::promise<MapsAnswer> bad;
  service_->ComputeMaps(request, [&](MapsAnswer found) { bad.set_value(std::move(found)); });
  EXPECT_EQ(bad.get_future().get().error->kind, ErrorKind::kBadInput);
}

TEST_F(PoseServiceTest, ReloadingUnderLoadLosesNothing) {
  std::atomic<bool> stop = false;
  std::atomic<int> answered = 0, failed = 0;
  {
    ThreadGroup clients;
    for (int i = 0; i < 2; ++i) {
      clients.Start([&] {
        while (!stop) {
          if (Find({{}, {Picture()}, {}}).error) ++failed;
          ++answered;
        }
      });
    }
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(service_->models().Load("mini").ok());
    stop = true;
  }
  EXPECT_GT(answered, 0);
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(service_->models().States()[0].version, 4);
}

TEST_F(PoseServiceTest, ADamagedModelFileKeepsTheOldOneInUse) {
  ASSERT_TRUE(WriteFile(folder_ / "graph.pb", "no graph any more").ok());
  EXPECT_FALSE(service_->models().Load("mini").ok());
  EXPECT_FALSE(Find({{}, {Picture()}, {}}).error);
  EXPECT_TRUE(service_->models().IsReady());
  EXPECT_THAT(service_->models().States()[0].reason, HasSubstr("graph.pb"));
  ASSERT_TRUE(service_->models().Unload("mini").ok());
  EXPECT_EQ(Find({{}, {Picture()}, {}}).error->kind, ErrorKind::kNotFound);
}

TEST(ModelSourceTest, NamesAndResolutions) {
  const auto full = ParseModelSource("people=models/a.pb@656x368");
  EXPECT_EQ(full->name, "people");
  EXPECT_EQ(full->model, "models/a.pb");
  EXPECT_EQ(full->resolution, (Resolution{656, 368}));
  EXPECT_EQ(ParseModelSource("mobilenet_thin")->name, "mobilenet_thin");
  EXPECT_EQ(ParseModelSource("/x/y/thin.sinew")->name, "thin");
  EXPECT_EQ(ParseModelSource("/mail@home/thin.sinew")->model, "/mail@home/thin.sinew");
  EXPECT_THAT(ParseModelSource("people=a.pb@-1x368").status().message(), HasSubstr("-1x368"));
  for (const char* bad : {"", "a b=x.pb", "x.maps=a.pb", "ü=a.pb"}) EXPECT_FALSE(ParseModelSource(bad).ok()) << bad;
}

}  // namespace
}  // namespace sinew::serving
