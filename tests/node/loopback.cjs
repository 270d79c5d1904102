// Loaded before a program of others: whatever it serves, it serves to this machine only.
const net = require("node:net");

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  const options = typeof port === "object" ? port : { port };
  return listen.call(this, { ...options, host: "127.0.0.1" }, ...rest.filter((argument) => typeof argument === "function"));
};
