module.exports = {
  testEnvironment: "node",
  reporters: ["default", ["jest-junit", { outputFile: process.env.REPORT || "jest.xml" }]],
};
