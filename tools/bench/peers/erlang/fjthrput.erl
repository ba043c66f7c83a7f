%% One process sends Count messages to 60 others, in rounds, then asks each for its count.
%% long/1 sends 64 to each in a round, short/1 sends 16.
-module(fjthrput).
-export([long/1, short/1]).

-define(RECEIVERS, 60).

long(Count) -> run(Count, 64).
short(Count) -> run(Count, 16).

run(Count, Batch) ->
    Parent = self(),
    Receivers = [spawn_link(fun() -> receiver(0) end) || _ <- lists:seq(1, ?RECEIVERS)],
    spawn_link(fun() ->
        deal(Receivers, Count div ?RECEIVERS, Batch),
        Parent ! {total, total(Receivers)}
    end),
    receive {total, Total} -> Total end.

deal(_, 0, _) -> ok;
deal(Receivers, Left, Batch) ->
    Sent = min(Left, Batch),
    lists:foreach(fun(Receiver) -> send(Receiver, Sent) end, Receivers),
    deal(Receivers, Left - Sent, Batch).

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
