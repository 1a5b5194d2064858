package dev.zdd.health;

/** What stands on a {@link ProbeBoard}: something with a status, run or pushed. */
interface CheckEntry {
  /** What is known of it at this moment: one volatile read. */
  CheckSnapshot snapshot();

  /** Stops what it has running, and does not wait for it; from any thread. */
  void close();
}
