// Two actors send messages to and fro, half of them each.
#include "caf_peer.h"

using namespace caf;
using ping_atom = atom_constant<atom("ping")>;
using pong_atom = atom_constant<atom("pong")>;
using get_atom = atom_constant<atom("get")>;

namespace {

struct Pinged {
  uint64_t received = 0;
};

behavior pong(stateful_actor<Pinged>* self) {
  return {
      [=](ping_atom) {
        self->state.received += 1;
        return pong_atom::value;
      },
      [=](get_atom) { return self->state.received; },
  };
}

struct Pinging {
  uint64_t left = 0;
  uint64_t received = 0;
};

behavior ping(stateful_actor<Pinging>* self, uint64_t pings, const actor& partner,
              const actor& parent) {
  self->state.left = pings;
  self->send(partner, ping_atom::value);
  return {
      [=](pong_atom) {
        self->state.received += 1;
        self->state.left -= 1;
        if (self->state.left > 0) self->send(partner, ping_atom::value);
        else self->send(partner, get_atom::value);
      },
      [=](uint64_t pinged) {
        self->send(parent, pinged + self->state.received);
        self->quit();
      },
  };
}

uint64_t run(scoped_actor& parent, uint64_t messages) {
  const actor partner = parent->spawn(pong);
  parent->spawn(ping, messages / 2, partner, actor_cast<actor>(parent));
  return caf_peer::total_for(parent);
}

}  // namespace

int main(int argc, char** argv) { return caf_peer::serve(argc, argv, {{"run", run}}); }
