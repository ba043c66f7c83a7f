%% Count live processes, this one among them. Only the spawning is timed; then all stop, one after
%% the other down the chain in which each knows the one before.
-module(spawning).
-export([run/1]).

run(Count) ->
    Parent = self(),
    spawn_link(fun() -> Parent ! {spawned, measure(Count)} end),
    receive {spawned, {Left, Nanoseconds, Bytes}} -> {Left, Nanoseconds, [{bytes, first(Bytes)}]} end.

measure(Count) ->
    Before = resident(),
    Start = erlang:monotonic_time(nanosecond),
    Last = chain(Count - 1, self()),
    Nanoseconds = erlang:monotonic_time(nanosecond) - Start,
    Bytes = (resident() - Before) / Count,
    Last ! {leave, 1},
    receive {leave, Left} -> {Left, Nanoseconds, Bytes} end.

chain(0, Last) -> Last;
chain(Left, Before) -> chain(Left - 1, spawn(fun() -> link_of(Before) end)).

link_of(Before) ->
    receive {leave, Left} -> Before ! {leave, Left + 1} end.

%% The first sample's: later ones find their pages touched.
first(Bytes) ->
    case get(bytes) of
        undefined -> put(bytes, Bytes), Bytes;
        Known -> Known
    end.

resident() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = string:lexemes(Text, " "),
    4096 * binary_to_integer(Pages).
