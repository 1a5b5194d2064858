package dev.zdd.flags;

import dev.zdd.core.Ticker;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * How often flags are asked, from one look at their counters to a later one: over the last second
 * or more, and at the first look since this was made. Thread-safe.
 */
final class EvaluationRates {
  private static final long SHORTEST = TimeUnit.SECONDS.toNanos(1);
  private static final double SECOND = SHORTEST;

  private final Ticker ticker;
  private final long began;
  private final Map<String, Look> last = new ConcurrentHashMap<>();

  private record Look(long at, long total, double perSecond) {}

  EvaluationRates(Ticker ticker) {
    this.ticker = ticker;
    this.began = ticker.read();
  }

  double perSecond(Flag flag) {
    long now = ticker.read();
    long total = flag.on() + flag.off() + flag.noUnit();
    return last.compute(flag.key(), (key, before) -> look(before, now, total)).perSecond;
  }

  private Look look(Look before, long now, long total) {
    Look from = before == null ? new Look(began, 0, 0) : before;
    long passed = now - from.at;
    if (passed < SHORTEST && before != null) {
      return before; // somebody has just looked: too short a time to say anything
    }
    return new Look(now, total, (total - from.total) * SECOND / Math.max(SHORTEST, passed));
  }
}
