const reporters = require("jasmine-reporters");

jasmine.getEnv().addReporter(
  new reporters.JUnitXmlReporter({ savePath: ".", consolidateAll: true, filePrefix: "jasmine" }),
);

describe("cart", () => {
  it("is empty at first", () => {
    expect([].length).toBe(0);
  });

  it("adds up", () => {
    expect(900).toBe(901);
    expect("tea").toBe("mug");
  });

  describe("vouchers <&>", () => {
    it("Größe ☕ 日本 \u001b[31mrot\u001b[0m", () => {
      expect("ä").toBe("ä");
    });

    it("breaks", () => {
      const voucher = undefined;
      expect(voucher.code).toBe(1);
    });

    it("rejects", async () => {
      throw new Error("gateway: \u001b[31mrefused\u001b[0m bell\u0007 ]]>");
    });
  });

  xit("pays", () => {});
  it("refunds", () => {
    pending("no provider");
  });
});

describe("warehouse", () => {
  beforeAll(() => {
    throw new Error("warehouse: connection refused");
  });
  it("counts", () => {
    expect(1).toBe(1);
  });
});
