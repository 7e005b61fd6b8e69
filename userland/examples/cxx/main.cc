// SPDX-License-Identifier: MIT
// A server in C++: objects behind gates, each a class that handles its requests; and what the library's headers give.
#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/ipc_gate.h>
#include <pthread-l4.h>

#include "../check.h"

namespace {

static_assert(sizeof(l4_umword_t) == sizeof(void *), "a word holds an address");

// An object that others can call: its address is the gate's label.
class Server_object {
public:
    virtual ~Server_object() = default;
    virtual l4_msgtag_t handle(l4_msgtag_t tag, l4_msg_regs_t &regs) = 0;

    // A capability of the object, served by `thread`.
    std::optional<l4_cap_idx_t> publish(l4_cap_idx_t thread)
    {
        l4_cap_idx_t cap = l4re_util_cap_alloc();
        auto label = reinterpret_cast<l4_umword_t>(this);
        if (l4_is_invalid_cap(cap) || l4_error(l4_factory_create_gate(l4re_env()->factory, cap, thread, label)) < 0)
            return std::nullopt;
        return cap;
    }
};

class Adder final : public Server_object {
public:
    l4_msgtag_t handle(l4_msgtag_t tag, l4_msg_regs_t &regs) override
    {
        l4_umword_t sum = 0;
        std::for_each_n(regs.mr, l4_msgtag_words(tag), [&sum](l4_umword_t w) { sum += w; });
        regs.mr[0] = sum;
        return l4_msgtag(0, 1, 0, 0);
    }
};

// Keeps words, and gives them back sorted.
class Sorter final : public Server_object {
    std::vector<l4_umword_t> words;

public:
    l4_msgtag_t handle(l4_msgtag_t tag, l4_msg_regs_t &regs) override
    {
        words.insert(words.end(), regs.mr, regs.mr + l4_msgtag_words(tag));
        std::sort(words.begin(), words.end());
        auto n = std::min<std::size_t>(words.size(), L4_UTCB_GENERIC_DATA_SIZE);
        std::copy_n(words.begin(), n, regs.mr);
        return l4_msgtag(0, static_cast<unsigned>(n), 0, 0);
    }
};

constexpr long PROTO_END = 77;

void *serve(void *)
{
    l4_utcb_t *u = l4_utcb();
    l4_umword_t label;
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    l4_msgtag_t tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    while (!l4_ipc_error(tag, u) && l4_msgtag_label(tag) != PROTO_END) {
        auto *object = reinterpret_cast<Server_object *>(label & ~L4_GATE_LABEL_RIGHTS);
        tag = l4_ipc_reply_and_wait(u, object->handle(tag, *l4_utcb_mr()), &label, L4_IPC_SEND_TIMEOUT_0);
    }
    l4_ipc_reply(u, l4_msgtag(0, 0, 0, 0), L4_IPC_SEND_TIMEOUT_0);
    return nullptr;
}

template <std::size_t N> std::vector<l4_umword_t> call(l4_cap_idx_t cap, std::array<l4_umword_t, N> const &words)
{
    l4_msg_regs_t *regs = l4_utcb_mr();
    std::copy(words.begin(), words.end(), regs->mr);
    l4_msgtag_t t = l4_ipc_call(cap, l4_utcb(), l4_msgtag(0, N, 0, 0), L4_IPC_NEVER);
    CHECK(l4_error(t) == 0);
    return {regs->mr, regs->mr + l4_msgtag_words(t)};
}

void servers()
{
    pthread_t thread;
    CHECK(pthread_create(&thread, nullptr, serve, nullptr) == 0);
    std::array<std::unique_ptr<Server_object>, 2> objects{std::make_unique<Adder>(), std::make_unique<Sorter>()};
    auto adder = objects[0]->publish(pthread_l4_cap(thread)), sorter = objects[1]->publish(pthread_l4_cap(thread));
    CHECK(adder && sorter);
    CHECK(call<4>(*adder, {1, 2, 3, 4}) == std::vector<l4_umword_t>{10});
    CHECK((call<3>(*sorter, {30, 10, 20}) == std::vector<l4_umword_t>{10, 20, 30}));
    CHECK((call<1>(*sorter, {15}) == std::vector<l4_umword_t>{10, 15, 20, 30}));
    CHECK(l4_error(l4_ipc_call(*adder, l4_utcb(), l4_msgtag(PROTO_END, 0, 0, 0), L4_IPC_NEVER)) == 0);
    CHECK(pthread_join(thread, nullptr) == 0);
}

// ---- what the compiler needs: static objects once, thread-local ones destroyed, aligned memory ----
std::atomic<int> made, thread_objects;

struct Once {
    Once() { made++; }
};

struct Counted {
    Counted() { thread_objects++; }
    ~Counted() { thread_objects--; }
};

void *use_objects(void *)
{
    static Once once;
    thread_local Counted counted;
    return &counted;
}

void objects()
{
    std::array<pthread_t, 4> threads;
    for (auto &t : threads)
        CHECK(pthread_create(&t, nullptr, use_objects, nullptr) == 0);
    for (auto &t : threads)
        CHECK(pthread_join(t, nullptr) == 0);
    CHECK(made == 1 && thread_objects == 0);

    struct alignas(128) Wide {
        char c[128];
    };
    auto wide = std::make_unique<Wide>();
    CHECK((reinterpret_cast<l4_addr_t>(wide.get()) & 127) == 0);
    CHECK(!new (std::nothrow) char[1ul << 40]);
}

void library()
{
    std::string text = "C++";
    text += std::to_string(17);
    CHECK(std::string_view(text).substr(3) == "17" && text.find("+") == 1);
    std::variant<int, std::string> v = text;
    CHECK(std::holds_alternative<std::string>(v) && !std::get_if<int>(&v));
    auto shared = std::make_shared<int>(5);
    std::weak_ptr<int> weak = shared;
    CHECK(weak.lock() && *weak.lock() == 5);
    CHECK(shared.use_count() == 1);
    shared.reset();
    CHECK(weak.expired());
    std::function<int(int)> twice = [](int x) { return 2 * x; };
    CHECK(twice(21) == 42);
}

} // namespace

int main()
{
    servers();
    objects();
    library();
    std::puts("cxx: ok");
}
