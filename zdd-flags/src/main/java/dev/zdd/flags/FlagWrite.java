package dev.zdd.flags;

/** How a write has ended, if it is known: see {@link FlagStore#write}. */
public sealed interface FlagWrite {
  /**
   * The document is in the store.
   *
   * @param revision what it is now, to be expected by the next write
   */
  record Written(FlagRevision revision) implements FlagWrite {}

  /**
   * Nothing was changed: the store did not hold what the writer expected.
   *
   * @param present what it holds instead
   */
  record Refused(FlagRevision present) implements FlagWrite {}
}
