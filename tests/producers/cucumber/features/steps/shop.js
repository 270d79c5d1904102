const assert = require("node:assert");
const { Before, Given, Then, When } = require("@cucumber/cucumber");

const PRICES = { tea: 450, mug: 1200 };
let calls = 0;

Before({ tags: "@broken" }, () => {
  throw new Error("warehouse: connection refused");
});

Given("an empty cart", function () {
  this.total = 0;
});

When("I add {int} {string}", function (count, name) {
  this.log("\u001b[31mred\u001b[0m bell\u0007");
  this.total += count * PRICES[name];
});

When("the till breaks", () => {
  throw new TypeError("till: \u001b[31mno paper\u001b[0m bell\u0007 ]]> <b>");
});

When("I send a postcard", () => "pending");
When("I have no printer", () => "skipped");

When("the gateway answers the second time", () => {
  calls += 1;
  assert.ok(calls >= 2, `try ${calls}: gateway busy`);
});

When("the gateway never answers", () => {
  throw new Error("no answer in 30 s");
});

Then("the total is {int} cents", function (cents) {
  assert.strictEqual(this.total, cents);
});
