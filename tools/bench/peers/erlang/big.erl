%% 120 processes send pings to random others, one at a time each, Messages pings and pongs in all.
-module(big).
-export([run/1]).

-define(PROCESSES, 120).

run(Messages) ->
    Pings = Messages div 2 div ?PROCESSES,
    Sink = self(),
    All = [spawn_link(fun() -> prepare(Sink, Seed, Pings) end) || Seed <- lists:seq(1, ?PROCESSES)],
    lists:foreach(fun(Pid) -> Pid ! {others, list_to_tuple(lists:delete(Pid, All))} end, All),
    lists:foreach(fun(Pid) -> Pid ! start end, All),
    [receive done -> ok end || _ <- All],
    lists:foreach(fun(Pid) -> Pid ! report end, All),
    lists:sum([receive {total, Received} -> Received end || _ <- All]).

prepare(Sink, Seed, Pings) ->
    receive {others, Others} -> ok end,
    receive start -> ok end,
    loop(Sink, Others, ping(Others, Seed), Pings, 0).

%% Park and Miller's generator, as suites/actors/big-actors.ts has it.
ping(Others, Random) ->
    Next = (Random * 16807) rem 2147483647,
    element(1 + Next rem tuple_size(Others), Others) ! {ping, self()},
    Next.

loop(Sink, Others, Random, Left, Received) ->
    receive
        {ping, From} -> From ! pong, loop(Sink, Others, Random, Left, Received + 1);
        pong when Left > 1 ->
            loop(Sink, Others, ping(Others, Random), Left - 1, Received + 1);
        pong -> Sink ! done, loop(Sink, Others, Random, 0, Received + 1);
        report -> Sink ! {total, Received}
    end.
