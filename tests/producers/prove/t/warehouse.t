use Test::More skip_all => 'no warehouse here';
