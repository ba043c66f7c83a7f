%% One process sends Count messages to 60 others, in rounds of 64 to each, then asks each for its
%% count.
-module(fjthrput).
-export([run/1]).

-define(RECEIVERS, 60).
-define(BATCH, 64).

run(Count) ->
    Parent = self(),
    Receivers = [spawn_link(fun() -> receiver(0) end) || _ <- lists:seq(1, ?RECEIVERS)],
    spawn_link(fun() -> deal(Receivers, Count div ?RECEIVERS), Parent ! {total, total(Receivers)} end),
    receive {total, Total} -> Total end.

deal(_, 0) -> ok;
deal(Receivers, Left) ->
    Batch = min(Left, ?BATCH),
    lists:foreach(fun(Receiver) -> send(Receiver, Batch) end, Receivers),
    deal(Receivers, Left - Batch).

send(_, 0) -> ok;
send(Receiver, Left) ->
    Receiver ! {work, 1},
    send(Receiver, Left - 1).

total(Receivers) ->
    lists:foreach(fun(Receiver) -> Receiver ! {finish, self()} end, Receivers),
    lists:sum([receive {counted, Count} -> Count end || _ <- Receivers]).

receiver(Count) ->
    receive
        {work, By} -> receiver(Count + By);
        {finish, To} -> To ! {counted, Count}
    end.
