%% A tree of processes with Count leaves, ten below each inner one, which add up their numbers.
-module(skynet).
-export([run/1]).

run(Count) ->
    Parent = self(),
    spawn(fun() -> grow(0, Count, Parent) end),
    Expected = Count * (Count - 1) div 2,
    receive {sum, Expected} -> Count end.

grow(First, 1, Parent) -> Parent ! {sum, First};
grow(First, Leaves, Parent) ->
    Self = self(),
    Each = Leaves div 10,
    [spawn(fun() -> grow(First + I * Each, Each, Self) end) || I <- lists:seq(0, 9)],
    Parent ! {sum, gather(10, 0)}.

gather(0, Sum) -> Sum;
gather(Left, Sum) ->
    receive {sum, Of} -> gather(Left - 1, Sum + Of) end.
