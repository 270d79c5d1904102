import assert from "node:assert";

Deno.test("cart is empty at first", () => {
  assert.strictEqual([].length, 0);
});

Deno.test("cart adds up <&>", () => {
  assert.strictEqual(900, 901);
});

Deno.test("Größe ☕ 日本 \u001b[31mrot\u001b[0m", () => {
  console.log("\u001b[31mred\u001b[0m bell\u0007");
});

Deno.test("voucher breaks", () => {
  const voucher = undefined;
  return voucher.code;
});

Deno.test("gateway refuses", () => {
  throw new Error("gateway: \u001b[31mrefused\u001b[0m bell\u0007 ]]>");
});

Deno.test({ name: "pays", ignore: true, fn: () => {} });

Deno.test("prices", async (t) => {
  for (const [name, cents] of [["tea", 450], ["mug", 1201]]) {
    await t.step(name, () => {
      assert.strictEqual({ tea: 450, mug: 1200 }[name], cents);
    });
  }
});
