const assert = require("node:assert");
const { before, describe, it, test } = require("node:test");

const PRICES = { tea: 450, mug: 1200 };
const total = (cart) => Object.entries(cart).reduce((sum, [name, n]) => sum + PRICES[name] * n, 0);

describe("cart", () => {
  it("is empty at first", () => {
    assert.strictEqual(total({}), 0);
  });

  it("adds up", () => {
    assert.strictEqual(total({ tea: 2 }), 901);
  });

  describe("vouchers <&> \"quoted\"", () => {
    it("Größe ☕ 日本 \u001b[31mrot\u001b[0m", () => {
      console.log("\u001b[31mred\u001b[0m bell\u0007");
    });

    it("breaks", () => {
      const voucher = undefined;
      return voucher.code;
    });

    it("rejects", async () => {
      throw new Error("gateway: \u001b[31mrefused\u001b[0m bell\u0007 ]]> -- <b>");
    });
  });

  it.skip("pays", () => {});
  it.todo("refunds");
  it("is a failing to-do", { todo: "bug 12" }, () => {
    assert.ok(false);
  });
});

describe("warehouse", () => {
  before(() => {
    throw new Error("warehouse: connection refused");
  });
  it("counts", () => {});
});

test("orders", async (t) => {
  for (const [name, cents] of [["tea", 450], ["mug", 1201]]) {
    await t.test(`price of ${name}`, () => {
      assert.strictEqual(PRICES[name], cents);
    });
  }
});

test("skips inside", (t) => {
  t.skip("no printer");
});

test("diagnostics", (t) => {
  t.diagnostic("a note -- with dashes");
});

test("slow", { timeout: 50 }, async () => {
  await new Promise((done) => setTimeout(done, 500));
});
