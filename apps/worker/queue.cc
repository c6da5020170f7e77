// libnats (cnats), with its structures in owners.
#include "queue.h"

#include <nats/nats.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "base/error.h"

namespace sinew::worker {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr const char* kConsumer = "workers";
// Two minutes of a server's restart, or of a network's.
constexpr int kPublishAttempts = 60;
constexpr int64_t kPublishTimeoutMs = 2000;

template <auto Destroy>
struct Owner {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};
using ConnectionPtr = std::unique_ptr<natsConnection, Owner<natsConnection_Destroy>>;
using OptionsPtr = std::unique_ptr<natsOptions, Owner<natsOptions_Destroy>>;
using ContextPtr = std::unique_ptr<jsCtx, Owner<jsCtx_Destroy>>;
using SubscriptionPtr = std::unique_ptr<natsSubscription, Owner<natsSubscription_Destroy>>;
using MessagePtr = std::unique_ptr<natsMsg, Owner<natsMsg_Destroy>>;

Status Failed(std::string_view action, natsStatus status) {
  return Unavailable("the queue's server: cannot {}: {}", action, natsStatus_GetText(status));
}

std::string Header(natsMsg* message, const char* name) {
  const char* value = nullptr;
  return natsMsgHeader_Get(message, name, &value) == NATS_OK && value != nullptr ? value : "";
}

class NatsDelivery : public Delivery {
 public:
  explicit NatsDelivery(MessagePtr message) : message_(std::move(message)) {
    jsMsgMetaData* meta = nullptr;
    if (natsMsg_GetMetaData(&meta, message_.get()) == NATS_OK) deliveries_ = static_cast<int64_t>(meta->NumDelivered);
    jsMsgMetaData_Destroy(meta);
  }
  std::string_view text() const override {
    return {natsMsg_GetData(message_.get()), static_cast<size_t>(natsMsg_GetDataLength(message_.get()))};
  }
  int64_t deliveries() const override { return deliveries_; }
  void Extend() override { natsMsg_InProgress(message_.get(), nullptr); }
  Status Done() override {
    jsErrCode code = static_cast<jsErrCode>(0);
    const natsStatus status = natsMsg_AckSync(message_.get(), nullptr, &code);
    return status == NATS_OK ? Status() : Failed("acknowledge a task", status);
  }
  void GiveBack(double seconds) override {
    natsMsg_NakWithDelay(message_.get(), static_cast<int64_t>(1e3 * seconds), nullptr);
  }

 private:
  MessagePtr message_;
  int64_t deliveries_ = 1;
};

class NatsFeed : public TaskFeed {
 public:
  explicit NatsFeed(SubscriptionPtr subscription) : subscription_(std::move(subscription)) {}
  std::unique_ptr<Delivery> Next(double seconds) override {
    natsMsgList list = {};
    jsErrCode code = static_cast<jsErrCode>(0);
    const natsStatus status =
        natsSubscription_Fetch(&list, subscription_.get(), 1, static_cast<int64_t>(1e3 * seconds), &code);
    if (status != NATS_OK || list.Count == 0) {
      natsMsgList_Destroy(&list);
      // While the server is away, this comes back at once.
      if (status != NATS_TIMEOUT) std::this_thread::sleep_for(std::chrono::milliseconds(200));
      return nullptr;
    }
    MessagePtr message(list.Msgs[0]);
    list.Msgs[0] = nullptr;
    natsMsgList_Destroy(&list);
    return std::make_unique<NatsDelivery>(std::move(message));
  }

 private:
  SubscriptionPtr subscription_;
};

class NatsQueue : public Queue {
 public:
  explicit NatsQueue(QueueOptions options) : options_(std::move(options)) {}

  Status Open() {
    natsOptions* raw = nullptr;
    if (natsOptions_Create(&raw) != NATS_OK) return TooLarge("out of memory for a connection");
    const OptionsPtr options(raw);
    natsStatus status = natsOptions_SetURL(raw, options_.url.c_str());
    if (status == NATS_OK) status = natsOptions_SetMaxReconnect(raw, -1);
    if (status == NATS_OK) status = natsOptions_SetReconnectWait(raw, 250);
    if (status == NATS_OK) status = natsOptions_SetName(raw, "sinew");
    if (status == NATS_OK && !options_.credentials_file.empty())
      status = natsOptions_SetUserCredentialsFromFiles(raw, options_.credentials_file.c_str(), nullptr);
    if (status == NATS_OK && !options_.ca_file.empty()) {
      status = natsOptions_SetSecure(raw, true);
      if (status == NATS_OK) status = natsOptions_LoadCATrustedCertificates(raw, options_.ca_file.c_str());
    }
    if (status != NATS_OK)
      return InvalidArgument("the queue's address, credentials or certificates make no sense: {}",
                             natsStatus_GetText(status));
    natsConnection* connection = nullptr;
    status = natsConnection_Connect(&connection, raw);
    connection_.reset(connection);
    if (status != NATS_OK)
      return Unavailable("no NATS server answers at the address of --nats: {}", natsStatus_GetText(status));
    jsOptions js;
    jsOptions_Init(&js);
    js.PublishAsync.MaxPending = 4096;
    js.Wait = kPublishTimeoutMs;
    jsCtx* context = nullptr;
    status = natsConnection_JetStream(&context, connection, &js);
    context_.reset(context);
    if (status != NATS_OK) return Failed("use JetStream", status);
    return MakeStreams();
  }

  Result<std::unique_ptr<TaskFeed>> OpenFeed() override {
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    const std::string subject = Subject("tasks");
    config.Durable = kConsumer;
    config.FilterSubject = subject.c_str();
    config.AckPolicy = js_AckExplicit;
    config.AckWait = static_cast<int64_t>(options_.ack_seconds * static_cast<double>(kNanoseconds));
    config.MaxAckPending = options_.max_ack_pending;
    jsErrCode code = static_cast<jsErrCode>(0);
    // One that is there already, of whatever settings, is used as it is.
    const natsStatus added = js_AddConsumer(nullptr, context_.get(), options_.name.c_str(), &config, nullptr, &code);
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = options_.name.c_str();
    options.Consumer = kConsumer;
    natsSubscription* subscription = nullptr;
    const natsStatus status =
        js_PullSubscribe(&subscription, context_.get(), nullptr, kConsumer, nullptr, &options, &code);
    if (status != NATS_OK) return Failed("take tasks", added != NATS_OK ? added : status);
    return std::unique_ptr<TaskFeed>(new NatsFeed(SubscriptionPtr(subscription)));
  }

  Status Submit(const std::string& id, const std::string& task) override {
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = id.c_str();
    submitted_ = true;
    const natsStatus status =
        js_PublishAsync(context_.get(), Subject("tasks").c_str(), task.data(), static_cast<int>(task.size()), &options);
    return status == NATS_OK ? Status() : Failed("take a task", status);
  }

  Status Flush() override {
    if (!submitted_) return Status();  // libnats 3.4 would look for what was never made
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MaxWait = kPublishTimeoutMs;
    for (int attempt = 0; attempt < kPublishAttempts; ++attempt) {
      if (js_PublishAsyncComplete(context_.get(), &options) == NATS_OK) {
        // What the server has refused, or not answered to, is sent once more.
        natsMsgList pending = {};
        if (js_PublishAsyncGetPendingList(&pending, context_.get()) != NATS_OK || pending.Count == 0) return Status();
        for (int i = 0; i < pending.Count; ++i) js_PublishMsgAsync(context_.get(), &pending.Msgs[i], nullptr);
        natsMsgList_Destroy(&pending);
      }
    }
    return Unavailable("the queue's server does not take the tasks");
  }

  Status StoreResult(const StoredResult& result) override {
    const std::string subject = fmt::format("{}.{}.{}", Subject("results"), result.id, result.part);
    return Publish(subject, result.lines,
                   {{"Sinew-Records", std::to_string(result.records)},
                    {"Sinew-Failed", std::to_string(result.failed)},
                    {"Sinew-Last", result.is_last ? "1" : "0"}});
  }

  Status StoreDead(const std::string& id, const std::string& task, const std::string& reason) override {
    // A header is one line.
    std::string line = reason;
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20; }, ' ');
    return Publish(Subject("dead") + "." + id, task, {{"Sinew-Reason", line}});
  }

  Status Follow(const std::function<bool(StoredResult, bool)>& taken, const std::function<bool()>& idle) override {
    SINEW_ASSIGN_OR_RETURN(const SubscriptionPtr results, SubscribeToAll("results"));
    SINEW_ASSIGN_OR_RETURN(const SubscriptionPtr dead, SubscribeToAll("dead"));
    for (;;) {
      bool any = false;
      for (const bool is_dead : {false, true}) {
        natsMsg* raw = nullptr;
        const int64_t wait_ms = is_dead ? 1 : 200;
        if (natsSubscription_NextMsg(&raw, is_dead ? dead.get() : results.get(), wait_ms) != NATS_OK) continue;
        const MessagePtr message(raw);
        any = true;
        if (!taken(ToResult(raw, is_dead), is_dead)) return Status();
      }
      if (!idle() && !any) return Status();
    }
  }

  Result<QueueCounts> Counts() override {
    QueueCounts counts;
    for (const auto& [suffix, count] :
         {std::pair{"", &counts.tasks}, {"-results", &counts.results}, {"-dead", &counts.dead}}) {
      jsStreamInfo* info = nullptr;
      jsErrCode code = static_cast<jsErrCode>(0);
      const natsStatus status =
          js_GetStreamInfo(&info, context_.get(), (options_.name + suffix).c_str(), nullptr, &code);
      if (status != NATS_OK) return Failed("count", status);
      *count = info->State.Msgs;
      jsStreamInfo_Destroy(info);
    }
    return counts;
  }

 private:
  std::string Subject(const char* kind) const { return options_.name + "." + kind; }

  Status MakeStreams() {
    struct Wanted {
      std::string name, subject;
      jsRetentionPolicy retention;
      int64_t per_subject;
    };
    for (const Wanted& wanted : {Wanted{options_.name, Subject("tasks"), js_WorkQueuePolicy, -1},
                                 Wanted{options_.name + "-results", Subject("results") + ".>", js_LimitsPolicy, 1},
                                 Wanted{options_.name + "-dead", Subject("dead") + ".>", js_LimitsPolicy, 1}}) {
      jsStreamConfig config;
      jsStreamConfig_Init(&config);
      const char* subjects[] = {wanted.subject.c_str()};
      config.Name = wanted.name.c_str();
      config.Subjects = subjects;
      config.SubjectsLen = 1;
      config.Retention = wanted.retention;
      config.Storage = js_FileStorage;
      config.MaxMsgsPerSubject = wanted.per_subject;
      jsErrCode code = static_cast<jsErrCode>(0);
      const natsStatus status = js_AddStream(nullptr, context_.get(), &config, nullptr, &code);
      if (status == NATS_OK || code == JSStreamNameExistErr) continue;
      return Failed(fmt::format("make the stream {}", wanted.name), status);
    }
    return Status();
  }

  Status Publish(const std::string& subject, std::string_view text,
                 const std::vector<std::pair<const char*, std::string>>& headers) {
    natsMsg* raw = nullptr;
    natsStatus status = natsMsg_Create(&raw, subject.c_str(), nullptr, text.data(), static_cast<int>(text.size()));
    const MessagePtr message(raw);
    for (const auto& [name, value] : headers) {
      if (status == NATS_OK) status = natsMsgHeader_Set(raw, name, value.c_str());
    }
    if (status != NATS_OK) return TooLarge("out of memory for a message");
    for (int attempt = 1;; ++attempt) {
      jsErrCode code = static_cast<jsErrCode>(0);
      status = js_PublishMsg(nullptr, context_.get(), raw, nullptr, &code);
      if (status == NATS_OK) return Status();
      if (status == NATS_MAX_PAYLOAD) return TooLarge("a result is larger than the queue's server takes");
      if (attempt == kPublishAttempts) return Failed("store a result", status);
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min(2000, 100 * attempt)));
    }
  }

  Result<SubscriptionPtr> SubscribeToAll(const char* kind) {
    jsSubOptions options;
    jsSubOptions_Init(&options);
    const std::string stream = options_.name + "-" + kind;
    options.Stream = stream.c_str();
    options.Ordered = true;
    natsSubscription* subscription = nullptr;
    jsErrCode code = static_cast<jsErrCode>(0);
    const natsStatus status =
        js_SubscribeSync(&subscription, context_.get(), (Subject(kind) + ".>").c_str(), nullptr, &options, &code);
    if (status != NATS_OK) return Failed("follow results", status);
    return SubscriptionPtr(subscription);
  }

  StoredResult ToResult(natsMsg* message, bool is_dead) const {
    StoredResult result;
    std::string rest =
        std::string(natsMsg_GetSubject(message)).substr(Subject(is_dead ? "dead" : "results").size() + 1);
    result.id = rest.substr(0, rest.find('.'));
    if (const size_t dot = rest.find('.'); dot != std::string::npos) result.part = std::atoll(rest.c_str() + dot + 1);
    result.is_last = is_dead || Header(message, "Sinew-Last") == "1";
    result.records = std::atoll(Header(message, "Sinew-Records").c_str());
    result.failed = std::atoll(Header(message, "Sinew-Failed").c_str());
    result.lines = is_dead ? Header(message, "Sinew-Reason")
                           : std::string(natsMsg_GetData(message), static_cast<size_t>(natsMsg_GetDataLength(message)));
    return result;
  }

  const QueueOptions options_;
  ConnectionPtr connection_;
  ContextPtr context_;
  std::atomic<bool> submitted_ = false;
};

}  // namespace

Result<std::unique_ptr<Queue>> Queue::Connect(const QueueOptions& options) {
  const bool is_name = !options.name.empty() && options.name.find_first_not_of(
                                                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                    "0123456789-_") == std::string::npos;
  if (!is_name) return InvalidArgument("--stream {}: letters, digits, - and _ make a queue's name", options.name);
  auto queue = std::make_unique<NatsQueue>(options);
  SINEW_RETURN_IF_ERROR(queue->Open());
  return std::unique_ptr<Queue>(std::move(queue));
}

}  // namespace sinew::worker
