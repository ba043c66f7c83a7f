%% 100 creatures meet in pairs, as the mall introduces them, Meetings times.
-module(chameneos).
-export([run/1]).

-define(CREATURES, 100).

run(Meetings) ->
    Parent = self(),
    spawn_link(fun() -> Parent ! {total, open(Meetings)} end),
    receive {total, Total} -> Total end.

open(Meetings) ->
    Mall = self(),
    [spawn_link(fun() -> arrive(Mall, I rem 3, 0) end) || I <- lists:seq(0, ?CREATURES - 1)],
    mall(Meetings, none).

mall(0, none) -> fade(?CREATURES, 0);
mall(Left, none) ->
    receive {arrive, Colour, From} -> mall(Left, {Colour, From}) end;
mall(Left, {_, Waiting}) ->
    receive {arrive, Colour, From} -> Waiting ! {meet, Colour, From}, mall(Left - 1, none) end.

fade(0, Sum) -> Sum div 2;
fade(Left, Sum) ->
    receive
        {arrive, _, From} -> From ! fade, fade(Left, Sum);
        {faded, Meetings} -> fade(Left - 1, Sum + Meetings)
    end.

arrive(Mall, Colour, Meetings) ->
    Mall ! {arrive, Colour, self()},
    creature(Mall, Colour, Meetings).

creature(Mall, Colour, Meetings) ->
    receive
        {meet, Other, From} ->
            New = complement(Colour, Other),
            From ! {change, New},
            arrive(Mall, New, Meetings + 1);
        {change, New} -> arrive(Mall, New, Meetings + 1);
        fade -> Mall ! {faded, Meetings}
    end.

complement(Colour, Colour) -> Colour;
complement(One, Other) -> 3 - One - Other.
