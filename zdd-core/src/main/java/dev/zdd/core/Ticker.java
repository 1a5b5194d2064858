package dev.zdd.core;

/**
 * A clock that only measures: nanoseconds since an arbitrary origin, never going back. Ages and
 * deadlines are differences of two readings; a reading alone means nothing. Thread-safe.
 *
 * <p>Tests pass {@code AtomicLong::get} and move time by hand.
 */
@FunctionalInterface
public interface Ticker {
  /** Nanoseconds since this ticker's origin. */
  long read();

  /**
   * The machine's monotonic clock, {@link System#nanoTime()}: a step of the wall clock does not
   * move it.
   */
  static Ticker system() {
    return System::nanoTime;
  }

  /**
   * The same clock, read 50 times a second by a daemon thread that all share: for ages in logs, on
   * paths where reading the real one would cost more than the work that is timed.
   */
  static Ticker coarse() {
    return CoarseTicker.shared();
  }
}
