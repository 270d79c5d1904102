const { expect, test } = require("@playwright/test");

test.describe("cart", () => {
  test("is empty at first", () => {
    expect([]).toHaveLength(0);
  });

  test("adds up", () => {
    expect(900, "two teas").toBe(901);
  });

  test("passes the second time", ({}, info) => {
    console.log(`try ${info.retry + 1} \u001b[31mred\u001b[0m bell\u0007`);
    expect(info.retry).toBe(1);
  });

  test.describe("vouchers <&>", () => {
    test("Größe ☕ 日本", { annotation: { type: "issue", description: "SHOP-7" } }, () => {});

    test("breaks", () => {
      const voucher = undefined;
      return voucher.code;
    });

    test("rejects", async () => {
      console.error("on stderr ]]> <b>");
      throw new Error("gateway: \u001b[31mrefused\u001b[0m bell\u0007 nul\u0000 ]]>");
    });
  });

  test.skip("pays", () => {});
  test.fixme("refunds", () => {});
  test("known bug", () => {
    test.fail();
    expect(1).toBe(2);
  });
  test("fixed bug", () => {
    test.fail();
  });
  test("with a picture", async ({}, info) => {
    await info.attach("note", { body: "hello", contentType: "text/plain" });
    require("node:fs").writeFileSync(info.outputPath("receipt.txt"), "1 tea\n");
    await info.attach("receipt", { path: info.outputPath("receipt.txt") });
    expect.soft(1).toBe(2);
    expect.soft("a").toBe("b");
  });
  test("slow", async () => {
    test.setTimeout(50);
    await new Promise((done) => setTimeout(done, 500));
  });
});

test.describe("warehouse", () => {
  test.beforeAll(() => {
    throw new Error("warehouse: connection refused");
  });
  test("counts", () => {});
  test("recounts", () => {});
});
