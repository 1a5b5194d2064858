package dev.zdd.flags;

import java.io.IOException;

/**
 * Where a document of flags is kept and can be replaced: {@link RedisFlagWriter}, {@link
 * FileFlagStore}, {@link MemoryFlagSource}. Two who change it at once don't overwrite one another:
 * a write says what it replaces, and is refused if something else is there by now.
 *
 * <p>Calls block, and are not for the request path. Thread-safe. Its {@code toString()} names it in
 * the audit log.
 */
public interface FlagStore extends AutoCloseable {
  /**
   * What is there, be it good or not.
   *
   * @throws IOException if it cannot be read
   * @throws InterruptedException if the thread was interrupted
   * @throws IllegalStateException if this store is closed
   */
  StoredFlags read() throws IOException, InterruptedException;

  /**
   * Replaces the document, if what is there is {@code expected}.
   *
   * @param expected as {@link #read} or the last write told; {@link FlagRevision#NONE} for none
   * @param document the whole of it, JSON as in {@code docs/flags.md}
   * @throws IllegalArgumentException if the document is wrong, with line and column, or too large
   *     for those who read it: nothing was written
   * @throws FlagWriteUnknownException if it may have been written, or may be yet. Read before
   *     writing again
   * @throws IOException if nothing was written
   * @throws InterruptedException if the thread was interrupted; whether it was written is unknown
   * @throws IllegalStateException if this store is closed
   */
  FlagWrite write(FlagRevision expected, byte[] document) throws IOException, InterruptedException;

  /** Gives back what it holds; a call that is under way comes first. */
  @Override
  void close();
}
