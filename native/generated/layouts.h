// Written by tools/gen-layouts.mjs from the layout tables in TypeScript. Do not edit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ganglion::layouts {

// packages/actors/src/layouts.ts

struct ActorBlock {
  std::uint32_t mailboxHead;
  std::uint32_t mailboxTail;
  std::uint32_t localDebt;
  std::uint32_t scheduled;
  std::uint32_t instance;
  std::uint32_t behaviour;
  std::uint32_t heapWord;
  std::uint32_t heapBlock;
  std::uint32_t argsBlock;
  std::uint32_t argsBytes;
  std::uint32_t restartType;
  std::uint32_t parent;
  std::uint32_t activation;
  std::uint32_t isPinned;
  std::uint32_t isNew;
  std::uint32_t reservedOwner;
  std::int32_t owner;
  std::int32_t heir;
  std::int32_t remoteStack;
  std::int32_t remoteDebt;
  std::int32_t ready;
  std::int32_t readyNext;
  std::int32_t signals;
  std::int32_t reports;
  std::int32_t reportNext;
  std::int32_t exitReason;
  std::int32_t exitDetail;
  std::int32_t idLow;
  std::int32_t idHigh;
  std::int32_t incarnation;
  std::int32_t phase;
  std::int32_t handNext;
};
static_assert(sizeof(ActorBlock) == 128);
static_assert(offsetof(ActorBlock, mailboxHead) == 0);
static_assert(offsetof(ActorBlock, mailboxTail) == 4);
static_assert(offsetof(ActorBlock, localDebt) == 8);
static_assert(offsetof(ActorBlock, scheduled) == 12);
static_assert(offsetof(ActorBlock, instance) == 16);
static_assert(offsetof(ActorBlock, behaviour) == 20);
static_assert(offsetof(ActorBlock, heapWord) == 24);
static_assert(offsetof(ActorBlock, heapBlock) == 28);
static_assert(offsetof(ActorBlock, argsBlock) == 32);
static_assert(offsetof(ActorBlock, argsBytes) == 36);
static_assert(offsetof(ActorBlock, restartType) == 40);
static_assert(offsetof(ActorBlock, parent) == 44);
static_assert(offsetof(ActorBlock, activation) == 48);
static_assert(offsetof(ActorBlock, isPinned) == 52);
static_assert(offsetof(ActorBlock, isNew) == 56);
static_assert(offsetof(ActorBlock, reservedOwner) == 60);
static_assert(offsetof(ActorBlock, owner) == 64);
static_assert(offsetof(ActorBlock, heir) == 68);
static_assert(offsetof(ActorBlock, remoteStack) == 72);
static_assert(offsetof(ActorBlock, remoteDebt) == 76);
static_assert(offsetof(ActorBlock, ready) == 80);
static_assert(offsetof(ActorBlock, readyNext) == 84);
static_assert(offsetof(ActorBlock, signals) == 88);
static_assert(offsetof(ActorBlock, reports) == 92);
static_assert(offsetof(ActorBlock, reportNext) == 96);
static_assert(offsetof(ActorBlock, exitReason) == 100);
static_assert(offsetof(ActorBlock, exitDetail) == 104);
static_assert(offsetof(ActorBlock, idLow) == 108);
static_assert(offsetof(ActorBlock, idHigh) == 112);
static_assert(offsetof(ActorBlock, incarnation) == 116);
static_assert(offsetof(ActorBlock, phase) == 120);
static_assert(offsetof(ActorBlock, handNext) == 124);

struct ActorRelations {
  std::int32_t ends;
  std::int32_t news;
  std::int32_t garbage;
  std::uint32_t kept;
};
static_assert(sizeof(ActorRelations) == 16);
static_assert(offsetof(ActorRelations, ends) == 0);
static_assert(offsetof(ActorRelations, news) == 4);
static_assert(offsetof(ActorRelations, garbage) == 8);
static_assert(offsetof(ActorRelations, kept) == 12);

struct BehaviourEntry {
  std::int32_t published;
  std::uint32_t urlBytes;
  std::uint32_t nameBytes;
  std::uint32_t returns;
  std::uint8_t text[1008];
};
static_assert(sizeof(BehaviourEntry) == 1024);
static_assert(offsetof(BehaviourEntry, published) == 0);
static_assert(offsetof(BehaviourEntry, urlBytes) == 4);
static_assert(offsetof(BehaviourEntry, nameBytes) == 8);
static_assert(offsetof(BehaviourEntry, returns) == 12);
static_assert(offsetof(BehaviourEntry, text) == 16);

struct GpuRefPayload {
  std::uint32_t device;
  std::uint32_t generation;
  std::uint64_t pointer;
  std::uint64_t size;
  std::uint32_t reserved[2];
};
static_assert(sizeof(GpuRefPayload) == 32);
static_assert(offsetof(GpuRefPayload, device) == 0);
static_assert(offsetof(GpuRefPayload, generation) == 4);
static_assert(offsetof(GpuRefPayload, pointer) == 8);
static_assert(offsetof(GpuRefPayload, size) == 16);
static_assert(offsetof(GpuRefPayload, reserved) == 24);

struct MessageSlot {
  std::int32_t next;
  std::uint32_t payloadBytes;
  std::int64_t timestamp;
  std::uint32_t idNode;
  std::uint32_t idThread;
  std::uint32_t idSequenceLow;
  std::uint32_t idSequenceHigh;
  std::uint32_t fromLow;
  std::uint32_t fromHigh;
  std::uint32_t toLow;
  std::uint32_t toHigh;
  std::uint32_t message;
  std::uint32_t askThread;
  std::uint32_t askTicket;
  std::uint32_t replySlot;
  std::uint8_t inline_[256];
};
static_assert(sizeof(MessageSlot) == 320);
static_assert(offsetof(MessageSlot, next) == 0);
static_assert(offsetof(MessageSlot, payloadBytes) == 4);
static_assert(offsetof(MessageSlot, timestamp) == 8);
static_assert(offsetof(MessageSlot, idNode) == 16);
static_assert(offsetof(MessageSlot, idThread) == 20);
static_assert(offsetof(MessageSlot, idSequenceLow) == 24);
static_assert(offsetof(MessageSlot, idSequenceHigh) == 28);
static_assert(offsetof(MessageSlot, fromLow) == 32);
static_assert(offsetof(MessageSlot, fromHigh) == 36);
static_assert(offsetof(MessageSlot, toLow) == 40);
static_assert(offsetof(MessageSlot, toHigh) == 44);
static_assert(offsetof(MessageSlot, message) == 48);
static_assert(offsetof(MessageSlot, askThread) == 52);
static_assert(offsetof(MessageSlot, askTicket) == 56);
static_assert(offsetof(MessageSlot, replySlot) == 60);
static_assert(offsetof(MessageSlot, inline_) == 64);

struct NameCell {
  std::int32_t state;
  std::int32_t entry;
  std::int32_t next;
  std::uint32_t reserved;
};
static_assert(sizeof(NameCell) == 16);
static_assert(offsetof(NameCell, state) == 0);
static_assert(offsetof(NameCell, entry) == 4);
static_assert(offsetof(NameCell, next) == 8);
static_assert(offsetof(NameCell, reserved) == 12);

struct NameEntry {
  std::int32_t state;
  std::int32_t hash;
  std::int32_t idLow;
  std::int32_t idHigh;
  std::int32_t nameBytes;
  std::uint8_t reserved[12];
  std::uint8_t text[64];
};
static_assert(sizeof(NameEntry) == 96);
static_assert(offsetof(NameEntry, state) == 0);
static_assert(offsetof(NameEntry, hash) == 4);
static_assert(offsetof(NameEntry, idLow) == 8);
static_assert(offsetof(NameEntry, idHigh) == 12);
static_assert(offsetof(NameEntry, nameBytes) == 16);
static_assert(offsetof(NameEntry, reserved) == 20);
static_assert(offsetof(NameEntry, text) == 32);

struct RdmaPayload {
  std::uint32_t node;
  std::uint32_t remoteKey;
  std::uint64_t address;
  std::uint64_t length;
  std::uint32_t reserved[2];
};
static_assert(sizeof(RdmaPayload) == 32);
static_assert(offsetof(RdmaPayload, node) == 0);
static_assert(offsetof(RdmaPayload, remoteKey) == 4);
static_assert(offsetof(RdmaPayload, address) == 8);
static_assert(offsetof(RdmaPayload, length) == 16);
static_assert(offsetof(RdmaPayload, reserved) == 24);

struct Relation {
  std::int32_t next;
  std::int32_t newsNext;
  std::int32_t low;
  std::int32_t high;
  std::int32_t exits;
  std::int32_t event;
  std::int32_t otherEvent;
  std::uint32_t seen;
  std::int32_t otherNext;
  std::int32_t otherNewsNext;
  std::int32_t otherLow;
  std::int32_t otherHigh;
  std::int32_t state;
  std::uint32_t ticket;
  std::uint32_t reserved[2];
};
static_assert(sizeof(Relation) == 64);
static_assert(offsetof(Relation, next) == 0);
static_assert(offsetof(Relation, newsNext) == 4);
static_assert(offsetof(Relation, low) == 8);
static_assert(offsetof(Relation, high) == 12);
static_assert(offsetof(Relation, exits) == 16);
static_assert(offsetof(Relation, event) == 20);
static_assert(offsetof(Relation, otherEvent) == 24);
static_assert(offsetof(Relation, seen) == 28);
static_assert(offsetof(Relation, otherNext) == 32);
static_assert(offsetof(Relation, otherNewsNext) == 36);
static_assert(offsetof(Relation, otherLow) == 40);
static_assert(offsetof(Relation, otherHigh) == 44);
static_assert(offsetof(Relation, state) == 48);
static_assert(offsetof(Relation, ticket) == 52);
static_assert(offsetof(Relation, reserved) == 56);

struct SystemBlock {
  std::int32_t actorsUsed;
  std::int32_t systemActorsUsed;
  std::int32_t behaviours;
  std::int32_t stopping;
  std::int32_t reportStack;
  std::int32_t nextWorker;
  std::int32_t namesRegistered;
  std::int32_t nameWaits;
  std::uint8_t reserved[96];
};
static_assert(sizeof(SystemBlock) == 128);
static_assert(offsetof(SystemBlock, actorsUsed) == 0);
static_assert(offsetof(SystemBlock, systemActorsUsed) == 4);
static_assert(offsetof(SystemBlock, behaviours) == 8);
static_assert(offsetof(SystemBlock, stopping) == 12);
static_assert(offsetof(SystemBlock, reportStack) == 16);
static_assert(offsetof(SystemBlock, nextWorker) == 20);
static_assert(offsetof(SystemBlock, namesRegistered) == 24);
static_assert(offsetof(SystemBlock, nameWaits) == 28);
static_assert(offsetof(SystemBlock, reserved) == 32);

struct ThreadBlock {
  std::int32_t sleeping;
  std::int32_t readyStack;
  std::int32_t inbox;
  std::int32_t handed;
  std::int32_t stealRequest;
  std::uint8_t reservedShared[44];
  std::int32_t turnSequence;
  std::int32_t turnActor;
  std::int32_t runnable;
  std::uint8_t reservedTurn[52];
  std::int32_t sendPasses;
  std::int32_t sendActor;
  std::int32_t sendSlot;
  std::int32_t inHand;
  std::int32_t releasing;
  std::int32_t refilling;
  std::int32_t takenSignals;
  std::int32_t takenLow;
  std::int32_t takenHigh;
  std::int32_t lastTicket;
  std::int32_t lives;
  std::int32_t dead;
  std::int32_t answered;
  std::int32_t wakeUps;
  std::uint8_t reservedOwn[8];
};
static_assert(sizeof(ThreadBlock) == 192);
static_assert(offsetof(ThreadBlock, sleeping) == 0);
static_assert(offsetof(ThreadBlock, readyStack) == 4);
static_assert(offsetof(ThreadBlock, inbox) == 8);
static_assert(offsetof(ThreadBlock, handed) == 12);
static_assert(offsetof(ThreadBlock, stealRequest) == 16);
static_assert(offsetof(ThreadBlock, reservedShared) == 20);
static_assert(offsetof(ThreadBlock, turnSequence) == 64);
static_assert(offsetof(ThreadBlock, turnActor) == 68);
static_assert(offsetof(ThreadBlock, runnable) == 72);
static_assert(offsetof(ThreadBlock, reservedTurn) == 76);
static_assert(offsetof(ThreadBlock, sendPasses) == 128);
static_assert(offsetof(ThreadBlock, sendActor) == 132);
static_assert(offsetof(ThreadBlock, sendSlot) == 136);
static_assert(offsetof(ThreadBlock, inHand) == 140);
static_assert(offsetof(ThreadBlock, releasing) == 144);
static_assert(offsetof(ThreadBlock, refilling) == 148);
static_assert(offsetof(ThreadBlock, takenSignals) == 152);
static_assert(offsetof(ThreadBlock, takenLow) == 156);
static_assert(offsetof(ThreadBlock, takenHigh) == 160);
static_assert(offsetof(ThreadBlock, lastTicket) == 164);
static_assert(offsetof(ThreadBlock, lives) == 168);
static_assert(offsetof(ThreadBlock, dead) == 172);
static_assert(offsetof(ThreadBlock, answered) == 176);
static_assert(offsetof(ThreadBlock, wakeUps) == 180);
static_assert(offsetof(ThreadBlock, reservedOwn) == 184);

struct ThreadLetters {
  std::int32_t begun;
  std::int32_t begunCount;
  std::int32_t waiting;
  std::int32_t inHand;
  std::int32_t workerLost;
  std::uint8_t reserved[44];
};
static_assert(sizeof(ThreadLetters) == 64);
static_assert(offsetof(ThreadLetters, begun) == 0);
static_assert(offsetof(ThreadLetters, begunCount) == 4);
static_assert(offsetof(ThreadLetters, waiting) == 8);
static_assert(offsetof(ThreadLetters, inHand) == 12);
static_assert(offsetof(ThreadLetters, workerLost) == 16);
static_assert(offsetof(ThreadLetters, reserved) == 20);

struct TimerRecord {
  std::int32_t state;
  std::uint32_t next;
  std::uint32_t previous;
  std::uint32_t slot;
  std::uint32_t actorLow;
  std::uint32_t actorHigh;
  std::uint32_t targetLow;
  std::uint32_t targetHigh;
  std::uint32_t dueLow;
  std::uint32_t dueHigh;
  std::uint32_t periodMs;
  std::uint32_t queued;
  std::uint8_t reserved[16];
};
static_assert(sizeof(TimerRecord) == 64);
static_assert(offsetof(TimerRecord, state) == 0);
static_assert(offsetof(TimerRecord, next) == 4);
static_assert(offsetof(TimerRecord, previous) == 8);
static_assert(offsetof(TimerRecord, slot) == 12);
static_assert(offsetof(TimerRecord, actorLow) == 16);
static_assert(offsetof(TimerRecord, actorHigh) == 20);
static_assert(offsetof(TimerRecord, targetLow) == 24);
static_assert(offsetof(TimerRecord, targetHigh) == 28);
static_assert(offsetof(TimerRecord, dueLow) == 32);
static_assert(offsetof(TimerRecord, dueHigh) == 36);
static_assert(offsetof(TimerRecord, periodMs) == 40);
static_assert(offsetof(TimerRecord, queued) == 44);
static_assert(offsetof(TimerRecord, reserved) == 48);

struct TurnSample {
  std::int32_t sequence;
  std::uint32_t reserved;
  double sinceMs;
};
static_assert(sizeof(TurnSample) == 16);
static_assert(offsetof(TurnSample, sequence) == 0);
static_assert(offsetof(TurnSample, reserved) == 4);
static_assert(offsetof(TurnSample, sinceMs) == 8);

struct TurnTime {
  std::int32_t idLow;
  std::int32_t idHigh;
  double ms;
};
static_assert(sizeof(TurnTime) == 16);
static_assert(offsetof(TurnTime, idLow) == 0);
static_assert(offsetof(TurnTime, idHigh) == 4);
static_assert(offsetof(TurnTime, ms) == 8);

struct ZeroCopyPayload {
  std::uint32_t pointer;
  std::uint32_t generation;
  std::uint32_t length;
  std::uint32_t reserved;
  std::uint32_t ownerLow;
  std::uint32_t ownerHigh;
  std::uint32_t reservedTail[2];
};
static_assert(sizeof(ZeroCopyPayload) == 32);
static_assert(offsetof(ZeroCopyPayload, pointer) == 0);
static_assert(offsetof(ZeroCopyPayload, generation) == 4);
static_assert(offsetof(ZeroCopyPayload, length) == 8);
static_assert(offsetof(ZeroCopyPayload, reserved) == 12);
static_assert(offsetof(ZeroCopyPayload, ownerLow) == 16);
static_assert(offsetof(ZeroCopyPayload, ownerHigh) == 20);
static_assert(offsetof(ZeroCopyPayload, reservedTail) == 24);

// packages/app/src/store/layout.ts

struct CommitRecord {
  std::int32_t magic;
  std::int32_t committed;
  std::int32_t writers;
  std::uint8_t reserved[52];
};
static_assert(sizeof(CommitRecord) == 64);
static_assert(offsetof(CommitRecord, magic) == 0);
static_assert(offsetof(CommitRecord, committed) == 4);
static_assert(offsetof(CommitRecord, writers) == 8);
static_assert(offsetof(CommitRecord, reserved) == 12);

}  // namespace ganglion::layouts
