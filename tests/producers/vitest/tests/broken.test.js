import { test } from "vitest";
import till from "../till-that-does-not-exist.js";

test("till", () => {
  till.open();
});
