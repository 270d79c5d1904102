const PRICES = { tea: 450, mug: 1200 };
const total = (cart) => Object.entries(cart).reduce((sum, [name, n]) => sum + PRICES[name] * n, 0);

describe("cart", () => {
  test("is empty at first", () => {
    expect(total({})).toBe(0);
  });

  test("adds up", () => {
    expect(total({ tea: 2 })).toBe(901);
  });

  test("takes an order apart", () => {
    expect({ id: 7, lines: [{ name: "tea", count: 1 }] }).toEqual({ id: 7, lines: [{ name: "mug", count: 1 }] });
  });

  describe("vouchers <&>", () => {
    test("Größe ☕ 日本 \u001b[31mrot\u001b[0m", () => {
      expect("ä").toBe("ä");
    });

    test("breaks", () => {
      const voucher = undefined;
      return voucher.code;
    });

    test("rejects", async () => {
      await Promise.reject(new Error("gateway: \u001b[31mrefused\u001b[0m bell\u0007 nul\u0000 ]]>"));
    });
  });

  test.each([
    ["tea", 450],
    ["mug", 1201],
  ])("price of %s is %i", (name, cents) => {
    console.log("\u001b[32mlooking up\u001b[0m", name);
    expect(PRICES[name]).toBe(cents);
  });

  test.skip("pays", () => {});
  test.todo("refunds");
});

describe("warehouse", () => {
  beforeAll(() => {
    throw new Error("warehouse: connection refused");
  });
  test("counts", () => {});
  test("recounts", () => {});
});

test("slow", async () => {
  await new Promise((done) => setTimeout(done, 500));
}, 50);
