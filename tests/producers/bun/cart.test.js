import { beforeAll, describe, expect, test } from "bun:test";

const PRICES = { tea: 450, mug: 1200 };
let calls = 0;

describe("cart", () => {
  test("is empty at first", () => {
    expect([]).toHaveLength(0);
  });

  test("adds up", () => {
    expect(900).toBe(901);
  });

  describe("vouchers <&>", () => {
    test("Größe ☕ 日本 \u001b[31mrot\u001b[0m", () => {
      console.log("\u001b[31mred\u001b[0m bell\u0007");
    });

    test("breaks", () => {
      const voucher = undefined;
      return voucher.code;
    });
  });

  test.each([["tea", 450], ["mug", 1201]])("price of %s is %i", (name, cents) => {
    expect(PRICES[name]).toBe(cents);
  });

  test.skip("pays", () => {});
  test.todo("refunds");
});

test("passes the second time", () => {
  calls += 1;
  expect(calls).toBe(2);
}, { retry: 2 });

describe("warehouse", () => {
  beforeAll(() => {
    throw new Error("warehouse: connection refused");
  });
  test("counts", () => {});
});
