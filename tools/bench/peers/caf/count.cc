// One producer sends messages to one counter and then asks it for its count. `flood` sends without
// waiting; `windowed` waits for the counter after every WINDOW messages.
#include "caf_peer.h"

using namespace caf;
using increment_atom = atom_constant<atom("increment")>;
using wait_atom = atom_constant<atom("wait")>;
using get_atom = atom_constant<atom("get")>;

namespace {

constexpr uint64_t WINDOW = 256;

struct Counted {
  uint64_t count = 0;
};

behavior counter(stateful_actor<Counted>* self) {
  return {
      [=](increment_atom, uint32_t by) { self->state.count += by; },
      [=](wait_atom) { return ok_atom::value; },
      [=](get_atom) { return self->state.count; },
  };
}

struct Producing {
  uint64_t left = 0;
};

// `window` is how many messages are sent before the counter is waited for.
behavior producer(stateful_actor<Producing>* self, uint64_t count, uint64_t window,
                  const actor& counter, const actor& parent) {
  self->state.left = count;
  self->send(self, ok_atom::value);
  return {
      [=](ok_atom) {
        const uint64_t batch = std::min(self->state.left, window);
        for (uint64_t i = 0; i < batch; i++) {
          self->send(counter, increment_atom::value, uint32_t{1});
        }
        self->state.left -= batch;
        if (self->state.left > 0) self->send(counter, wait_atom::value);
        else self->send(counter, get_atom::value);
      },
      [=](uint64_t total) {
        self->send(parent, total);
        self->quit();
      },
  };
}

uint64_t run(scoped_actor& parent, uint64_t count, uint64_t window) {
  const actor to = parent->spawn(counter);
  parent->spawn(producer, count, window, to, actor_cast<actor>(parent));
  return caf_peer::total_for(parent);
}

uint64_t flood(scoped_actor& parent, uint64_t count) { return run(parent, count, count); }
uint64_t windowed(scoped_actor& parent, uint64_t count) { return run(parent, count, WINDOW); }

}  // namespace

int main(int argc, char** argv) {
  return caf_peer::serve(argc, argv, {{"flood", flood}, {"windowed", windowed}});
}
