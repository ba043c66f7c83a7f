// Actors in a ring pass a token; a last lap adds up what each has seen.
#include "caf_peer.h"

using namespace caf;
using link_atom = atom_constant<atom("link")>;
using token_atom = atom_constant<atom("token")>;
using collect_atom = atom_constant<atom("collect")>;

namespace {

constexpr uint32_t ACTORS = 100;

struct Node {
  actor next;
  uint64_t seen = 0;
};

behavior node(stateful_actor<Node>* self, const actor& parent) {
  return {
      [=](token_atom, uint64_t left) {
        auto& state = self->state;
        state.seen += 1;
        if (left > 1) self->send(state.next, token_atom::value, left - 1);
        else self->send(state.next, collect_atom::value, uint64_t{0}, ACTORS);
      },
      [=](collect_atom, uint64_t sum, uint32_t left) {
        auto& state = self->state;
        if (left > 1) self->send(state.next, collect_atom::value, sum + state.seen, left - 1);
        else self->send(parent, sum + state.seen);
        self->quit();
      },
      [=](link_atom, const actor& next) { self->state.next = next; },
  };
}

uint64_t run(scoped_actor& parent, uint64_t hops) {
  std::vector<actor> ring;
  for (uint32_t i = 0; i < ACTORS; i++) {
    ring.push_back(parent->spawn(node, actor_cast<actor>(parent)));
  }
  for (uint32_t i = 0; i < ACTORS; i++) {
    parent->send(ring[i], link_atom::value, ring[(i + 1) % ACTORS]);
  }
  parent->send(ring[0], token_atom::value, hops);
  return caf_peer::total_for(parent);
}

}  // namespace

int main(int argc, char** argv) { return caf_peer::serve(argc, argv, {{"run", run}}); }
