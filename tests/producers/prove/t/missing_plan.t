use Test::More tests => 3;
ok(1, 'counts');
ok(1, 'recounts');
