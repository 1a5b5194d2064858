package dev.zdd.shutdown;

/**
 * When a step is closed, after the servers. A phase begins when every step of the one before it has
 * ended, failed, or run out of its time.
 */
public enum ClosePhase {
  /** What still works on its own and needs the rest for it: executors, consumers, schedulers. */
  FINISH,
  /** What the others needed: clients, caches, connection pools. The default. */
  CLOSE,
  /** What tells of all that: metrics, traces, and logging last. */
  FLUSH
}
