const assert = require("node:assert");

const PRICES = { tea: 450, mug: 1200 };
const total = (cart) => Object.entries(cart).reduce((sum, [name, n]) => sum + PRICES[name] * n, 0);
const tries = {};
const attempt = (name) => (tries[name] = (tries[name] || 0) + 1);

describe("cart", () => {
  it("is empty at first", () => {
    assert.strictEqual(total({}), 0);
  });

  it("adds up", () => {
    assert.strictEqual(total({ tea: 2 }), 901);
  });

  it("takes an order apart", () => {
    assert.deepStrictEqual({ id: 7, lines: ["tea"] }, { id: 7, lines: ["mug"] });
  });

  describe("vouchers <&>", () => {
    it("Größe ☕ 日本 \u001b[31mrot\u001b[0m", () => {
      console.log("\u001b[31mred\u001b[0m bell\u0007");
    });

    it("breaks", () => {
      const voucher = undefined;
      return voucher.code;
    });

    it("rejects", async () => {
      throw new Error("gateway: \u001b[31mrefused\u001b[0m bell\u0007 nul\u0000 ]]>");
    });
  });

  for (const [name, cents] of [["tea", 450], ["mug", 1201]]) {
    it(`price of ${name}`, () => {
      assert.strictEqual(PRICES[name], cents);
    });
  }

  it.skip("pays", () => {});
  it("refunds");
  it("skips inside", function () {
    this.skip();
  });
});

describe("warehouse", () => {
  before(() => {
    throw new Error("warehouse: connection refused");
  });
  it("counts", () => {});
  it("recounts", () => {});
});

describe("retried", function () {
  this.retries(2);

  it("passes the second time", () => {
    assert.strictEqual(attempt("second"), 2);
  });

  it("never passes", () => {
    throw new Error(`try ${attempt("never")}: gateway busy`);
  });
});

it("slow", function (done) {
  this.timeout(50);
  setTimeout(done, 500);
});
