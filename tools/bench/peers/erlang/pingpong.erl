%% Two processes send Count messages to and fro, half of them each.
-module(pingpong).
-export([run/1]).

run(Count) ->
    Parent = self(),
    Pong = spawn_link(fun() -> pong(0) end),
    spawn_link(fun() -> ping(Pong, Count div 2, 0, Parent) end),
    receive {received, Total} -> Total end.

ping(Pong, 0, Received, Parent) ->
    Pong ! {stop, self()},
    receive {received, Pings} -> Parent ! {received, Pings + Received} end;
ping(Pong, Left, Received, Parent) ->
    Pong ! {ping, self()},
    receive pong -> ping(Pong, Left - 1, Received + 1, Parent) end.

pong(Received) ->
    receive
        {ping, From} -> From ! pong, pong(Received + 1);
        {stop, From} -> From ! {received, Received}
    end.
