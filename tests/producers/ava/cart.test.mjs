import test from "ava";

test("is empty at first", (t) => {
  t.is([].length, 0);
});

test("adds up", (t) => {
  t.is(900, 901);
});

test("Größe ☕ 日本 <&>", (t) => {
  t.log("a note");
  t.pass();
});

test("breaks", () => {
  const voucher = undefined;
  return voucher.code;
});

test.failing("known bug", (t) => {
  t.is(1, 2);
});

for (const [name, cents] of [["tea", 450], ["mug", 1201]]) {
  test(`price of ${name}`, (t) => {
    t.is({ tea: 450, mug: 1200 }[name], cents);
  });
}

test.skip("pays", (t) => t.pass());
test.todo("refunds");
