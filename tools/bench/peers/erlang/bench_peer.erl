%% Serves samples of one workload: a ready line, then one JSON line per line of standard input.
%% Figures are measured here, around the workload only. A workload gives what it completed, or
%% {Completed, Nanoseconds, [{Name, Value}]} when it measures a part of itself.
-module(bench_peer).
-export([main/1]).

main([ModuleText, FunctionText, IntendedText, WarmupsText]) ->
    Module = list_to_atom(ModuleText),
    Function = list_to_atom(FunctionText),
    Intended = list_to_integer(IntendedText),
    [Module:Function(Intended) || _ <- lists:seq(1, list_to_integer(WarmupsText))],
    io:format("{\"ready\":true,\"note\":\"Erlang/OTP ~s ~s, schedulers ~b\"}~n",
              [erlang:system_info(otp_release), erlang:system_info(emu_flavor),
               erlang:system_info(schedulers_online)]),
    serve(fun() -> Module:Function(Intended) end).

serve(Run) ->
    case io:get_line("") of
        Line when is_list(Line) ->
            {Cpu, _} = statistics(runtime),
            Start = erlang:monotonic_time(nanosecond),
            Result = Run(),
            Whole = erlang:monotonic_time(nanosecond) - Start,
            {CpuAfter, _} = statistics(runtime),
            {Completed, Nanoseconds, Figures} = outcome(Result, Whole),
            io:format("{\"seconds\":~.9f,\"cpuSeconds\":~.3f,\"completed\":~b,"
                      "\"check\":\"count ~b\",\"figures\":{~s}}~n",
                      [Nanoseconds / 1.0e9, (CpuAfter - Cpu) / 1000, Completed, Completed,
                       lists:join(",", [io_lib:format("\"~s\":~.6f", [Name, float(Value)])
                                        || {Name, Value} <- Figures])]),
            serve(Run);
        _ ->
            halt(0)
    end.

outcome({Completed, Nanoseconds, Figures}, _) -> {Completed, Nanoseconds, Figures};
outcome(Completed, Whole) -> {Completed, Whole, []}.
