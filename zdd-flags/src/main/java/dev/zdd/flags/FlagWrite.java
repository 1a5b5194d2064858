package dev.zdd.flags;

/** How a write has ended, if it is known: see {@link RedisFlagWriter#write}. */
public sealed interface FlagWrite {
  /**
   * The document is in Redis.
   *
   * @param revision what it is now, to be expected by the next write
   */
  record Written(FlagRevision revision) implements FlagWrite {}

  /**
   * Nothing was changed: Redis did not hold what the writer expected.
   *
   * @param present what it holds instead
   */
  record Refused(FlagRevision present) implements FlagWrite {}
}
