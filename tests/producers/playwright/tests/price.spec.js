const { expect, test } = require("@playwright/test");

for (const [name, cents] of [["tea", 450], ["mug", 1201]]) {
  test(`price of ${name}`, () => {
    expect({ tea: 450, mug: 1200 }[name]).toBe(cents);
  });
}
