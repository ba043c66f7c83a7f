// One actor sends messages to RECEIVERS others, then asks each for its count. `flood` sends each
// all of its messages at once; `windowed` sends BATCH to each in a round and waits for all.
#include "caf_peer.h"

using namespace caf;
using work_atom = atom_constant<atom("work")>;
using wait_atom = atom_constant<atom("wait")>;
using get_atom = atom_constant<atom("get")>;

namespace {

constexpr size_t RECEIVERS = 60;
constexpr uint64_t BATCH = 64;

struct Received {
  uint64_t count = 0;
};

behavior receiver(stateful_actor<Received>* self) {
  return {
      [=](work_atom, uint32_t by) { self->state.count += by; },
      [=](wait_atom) { return ok_atom::value; },
      [=](get_atom) { return self->state.count; },
  };
}

struct Dealing {
  std::vector<actor> receivers;
  // Messages that each receiver has still to be sent.
  uint64_t left = 0;
  // Receivers that have not answered in this round.
  size_t awaited = 0;
  uint64_t sum = 0;
};

void deal(stateful_actor<Dealing>* self, uint64_t batch_max) {
  auto& state = self->state;
  const uint64_t batch = std::min(state.left, batch_max);
  state.left -= batch;
  state.awaited = RECEIVERS;
  for (const actor& to : state.receivers) {
    for (uint64_t i = 0; i < batch; i++) self->send(to, work_atom::value, uint32_t{1});
    if (state.left > 0) self->send(to, wait_atom::value);
    else self->send(to, get_atom::value);
  }
}

behavior dealer(stateful_actor<Dealing>* self, uint64_t each, uint64_t batch_max,
                const actor& parent) {
  self->state.left = each;
  for (size_t i = 0; i < RECEIVERS; i++) self->state.receivers.push_back(self->spawn(receiver));
  deal(self, batch_max);
  return {
      [=](ok_atom) {
        if (--self->state.awaited == 0) deal(self, batch_max);
      },
      [=](uint64_t count) {
        self->state.sum += count;
        if (--self->state.awaited > 0) return;
        self->send(parent, self->state.sum);
        self->quit();
      },
  };
}

uint64_t run(scoped_actor& parent, uint64_t each, uint64_t batch_max) {
  parent->spawn(dealer, each, batch_max, actor_cast<actor>(parent));
  return caf_peer::total_for(parent);
}

uint64_t flood(scoped_actor& parent, uint64_t messages) {
  return run(parent, messages / RECEIVERS, messages / RECEIVERS);
}

uint64_t windowed(scoped_actor& parent, uint64_t messages) {
  return run(parent, messages / RECEIVERS, BATCH);
}

}  // namespace

int main(int argc, char** argv) {
  return caf_peer::serve(argc, argv, {{"flood", flood}, {"windowed", windowed}});
}
