"""Harbor: an assistant service which lets agents work in pipelines."""

VERSION = "2.8.0"
