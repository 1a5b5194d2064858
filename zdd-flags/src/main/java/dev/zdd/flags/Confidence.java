package dev.zdd.flags;

import dev.zdd.core.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * How far a source can rely on the snapshot that serves: since when it has not been confirmed, how
 * often that failed, and why. Tells the log of each problem once, and not of each attempt.
 *
 * <p>One thread at a time confirms, refuses or serves, as a source attempts; any thread may ask.
 */
final class Confidence {
  private final Logger log;
  private final FlagSource source;
  private final Ticker ticker;
  private final AtomicLong failures = new AtomicLong();
  private volatile long confirmed;
  private volatile @Nullable String problem;
  private volatile @Nullable String version;

  Confidence(Logger log, FlagSource source, Ticker ticker) {
    this.log = log;
    this.source = source;
    this.ticker = ticker;
    this.confirmed = ticker.read();
  }

  FlagSource.Status status() {
    long age = Math.max(0, ticker.read() - confirmed);
    return new FlagSource.Status(Duration.ofNanos(age), failures.get(), problem);
  }

  /** When an attempt begins: as of then it is confirmed, if it succeeds. */
  long begin() {
    return ticker.read();
  }

  /** Another snapshot serves from here on. */
  void serves(FlagSnapshot snapshot) {
    version = snapshot.version();
    log.info("flags {}: snapshot {}, {} flags", source, version, snapshot.definitions().size());
  }

  /** A snapshot serves that the source has from elsewhere, and has not confirmed. */
  void servesFrom(String elsewhere, FlagSnapshot snapshot) {
    version = snapshot.version();
    log.info("flags {}: snapshot {} from {}", source, version, elsewhere);
  }

  /** What serves already is still what it should be. */
  void stillServes() {
    if (problem != null) {
      log.info("flags {}: good again, still snapshot {}", source, version);
    }
  }

  /** The attempt that began then has succeeded. */
  void confirmed(long began) {
    confirmed = began;
    problem = null;
  }

  /** An attempt has failed. */
  void refused(String what, @Nullable Throwable cause) {
    failed();
    if (what.equals(problem)) {
      return; // said already
    }
    problem = what;
    log.warn(
        "flags {}: {}; {}",
        source,
        what,
        version == null
            ? "every flag answers its caller's default until it is good"
            : "the flags of snapshot " + version + " serve on",
        cause);
  }

  /** An attempt has failed that could not even be told of. */
  void failed() {
    failures.incrementAndGet();
  }
}
