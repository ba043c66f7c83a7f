%% One process asks another Count times, one after the other; times in microseconds.
-module(ask).
-export([run/1]).

run(Count) ->
    Answerer = spawn_link(fun answerer/0),
    Parent = self(),
    spawn_link(fun() -> Parent ! {times, asks(Answerer, Count, [])} end),
    receive {times, Times} -> ok end,
    Answerer ! stop,
    Sorted = list_to_tuple(lists:sort(Times)),
    At = fun(Share) -> element(1 + trunc(Count * Share), Sorted) / 1000 end,
    {length(Times), lists:sum(Times), [{p50, At(0.5)}, {p99, At(0.99)}]}.

asks(_, 0, Times) -> Times;
asks(Answerer, Left, Times) ->
    Start = erlang:monotonic_time(nanosecond),
    Ref = make_ref(),
    Answerer ! {next, self(), Ref, Left},
    receive {Ref, Number} when Number =:= Left + 1 -> ok end,
    asks(Answerer, Left - 1, [erlang:monotonic_time(nanosecond) - Start | Times]).

answerer() ->
    receive
        {next, From, Ref, Number} -> From ! {Ref, Number + 1}, answerer();
        stop -> ok
    end.
