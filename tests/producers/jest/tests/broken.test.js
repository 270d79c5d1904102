const till = require("../till-that-does-not-exist");

test("till", () => {
  till.open();
});
