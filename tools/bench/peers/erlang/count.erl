%% One producer sends Count messages to one counter and then asks it for its count.
%% flood/1 sends without waiting; windowed/1 waits for the counter after every 256 messages.
-module(count).
-export([flood/1, windowed/1]).

-define(WINDOW, 256).

flood(Count) -> run(fun(Counter) -> produce(Counter, Count) end).
windowed(Count) -> run(fun(Counter) -> produce(Counter, Count, ?WINDOW) end).

run(Produce) ->
    Parent = self(),
    Counter = spawn_link(fun() -> counter(0) end),
    spawn_link(fun() -> Parent ! {total, Produce(Counter)} end),
    receive {total, Total} -> Total end.

produce(Counter, 0) ->
    Counter ! {get, self()},
    receive {count, Total} -> Total end;
produce(Counter, Left) ->
    Counter ! {increment, 1},
    produce(Counter, Left - 1).

produce(Counter, 0, _) ->
    produce(Counter, 0);
produce(Counter, Left, 0) ->
    Counter ! {wait, self()},
    receive ok -> produce(Counter, Left, ?WINDOW) end;
produce(Counter, Left, Window) ->
    Counter ! {increment, 1},
    produce(Counter, Left - 1, Window - 1).

counter(Count) ->
    receive
        {increment, By} -> counter(Count + By);
        {wait, From} -> From ! ok, counter(Count);
        {get, From} -> From ! {count, Count}
    end.
