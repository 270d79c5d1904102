require("./till-that-does-not-exist");
