package dev.zdd.shutdown;

/** One thing to close, by the name that logs and the report call it. */
record Step(String name, AutoCloseable action) {}
