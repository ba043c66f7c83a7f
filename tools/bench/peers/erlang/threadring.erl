%% 100 processes in a ring pass a token Hops times; a last lap adds up what each has seen.
-module(threadring).
-export([run/1]).

-define(PROCESSES, 100).

run(Hops) ->
    Parent = self(),
    First = spawn_link(fun() -> receive {link, Next} -> node(Next, Parent, 0) end end),
    Last = lists:foldl(fun(_, Next) -> spawn_link(fun() -> node(Next, Parent, 0) end) end,
                       First, lists:seq(2, ?PROCESSES)),
    First ! {link, Last},
    First ! {token, Hops},
    receive {total, Total} -> Total end.

node(Next, Parent, Seen) ->
    receive
        {token, 1} -> Next ! {collect, 0, ?PROCESSES}, node(Next, Parent, Seen + 1);
        {token, Left} -> Next ! {token, Left - 1}, node(Next, Parent, Seen + 1);
        {collect, Sum, 1} -> Parent ! {total, Sum + Seen};
        {collect, Sum, Left} -> Next ! {collect, Sum + Seen, Left - 1}
    end.
