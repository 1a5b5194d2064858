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
}
