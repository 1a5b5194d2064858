package dev.zdd.flags;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where definitions come from: pushes whole snapshots, and knows how far they can be trusted. It
 * serves one {@link Flags}. Its {@code toString()} names it in logs ("file /etc/shop/flags.json").
 *
 * <p>A source refuses what it cannot read whole and goes on: the last good snapshot serves, and
 * {@link #status()} says since when nothing better has come. It never pushes an empty snapshot
 * because something is missing.
 */
public interface FlagSource extends AutoCloseable {
  /**
   * Begins to push. If a snapshot can be had at once it is pushed on the caller's thread, before
   * this returns; a source that has none returns all the same, and pushes when it comes.
   *
   * @param consumer takes each snapshot, in order and never two at a time. It does not block
   * @throws IllegalStateException if this source was started before
   */
  void start(Consumer<FlagSnapshot> consumer);

  /** How the source does. Any thread; never blocks. */
  Status status();

  /**
   * Ends the source and its threads, within a second or so. No snapshot is pushed after that; those
   * that were serve on. A second close does nothing.
   */
  @Override
  void close();

  /**
   * How a source does.
   *
   * @param age how long ago the source last made sure that the present snapshot is still what it
   *     should be: small while all is well, however long ago the flags changed. Counted from the
   *     source's making while there is no snapshot
   * @param failures how many attempts to make sure have failed since the start
   * @param problem what is wrong, in one line; null while nothing is
   */
  record Status(Duration age, long failures, @Nullable String problem) {}
}
