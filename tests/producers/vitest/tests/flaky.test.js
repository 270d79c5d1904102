import { describe, expect, test } from "vitest";

const tries = {};
const attempt = (name) => (tries[name] = (tries[name] || 0) + 1);

describe("retried", { retry: 2 }, () => {
  test("passes the second time", () => {
    expect(attempt("second")).toBe(2);
  });

  test("never passes", () => {
    throw new Error(`try ${attempt("never")}: gateway busy`);
  });
});
