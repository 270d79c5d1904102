-module(shop_tests).
-include_lib("eunit/include/eunit.hrl").

empty_test() -> ?assertEqual(0, 0).

total_test() -> ?assertEqual(901, 900).

breaks_test() -> error(no_paper).

prints_test() -> io:format("\e[31mred\e[0m bell\a ]]> <b> &~n"), ?assert(true).

prices_test_() ->
    [{"price of tea", ?_assertEqual(450, 450)},
     {"price of mug <&>", ?_assertEqual(1201, 1200)}].

warehouse_test_() ->
    {setup, fun() -> throw(connection_refused) end, fun(_) -> ok end,
     [?_assert(true), ?_assert(true)]}.

slow_test_() -> {timeout, 0.1, fun() -> timer:sleep(1000) end}.
