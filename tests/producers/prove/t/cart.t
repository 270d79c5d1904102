use strict;
use warnings;
use utf8;
use Test::More;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);
binmode STDOUT, ':encoding(UTF-8)';

ok(1, 'cart is empty at first');
is(900, 901, 'cart adds up');
ok(1, 'Größe ☕ 日本 <&>');
ok(1);
ok(1);
print "# \e[31mred\e[0m bell\a ]]>\n";
is("tea \e[31mred\e[0m", 'mug', "colours \e[1mbold\e[0m");
subtest vouchers => sub {
    plan tests => 2;
    ok(1, 'valid');
    ok(0, 'too old');
};
SKIP: {
    skip 'no provider', 2;
    ok(0, 'pays');
    ok(0, 'refunds');
}
TODO: {
    local $TODO = 'bug 12';
    ok(0, 'rounding');
    ok(1, 'rounding up');
}
is_deeply([1, 2], [1, 3], 'order');
done_testing();
