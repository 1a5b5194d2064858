package dev.zdd.core;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who asks whether this process is ready, how often, and how often it has been told "no". A
 * shutdown reads from it whether the balancer can have noticed, instead of waiting for a guessed
 * time.
 *
 * <p>A prober is an address, a {@code User-Agent} and a path; two balancers that share all three
 * (behind one address translation) look like one that asks twice as often.
 *
 * <p>All methods may be called from any thread. {@link #answered} takes no lock and allocates
 * nothing for a prober that it knows. At most {@value #MOST} probers are remembered: of more, those
 * that ask most often, so that nobody from outside can fill the memory or push a balancer out.
 */
public final class Probers {
  /** How many probers are remembered. */
  public static final int MOST = 64;

  private static final int LONGEST_AGENT = 200;

  private final Ticker ticker;

  // Replaced, never changed. Guarded by `this` for writing.
  private volatile Seen[] known = {};

  Probers(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
  }

  /**
   * One who asks.
   *
   * @param address where from, without the port; "" if the adapter does not know
   * @param userAgent what it calls itself; "" if it does not say (HAProxy's checks don't)
   * @param path what it asked for
   * @param asked how often it has asked
   * @param interval about how long it lets pass from one question to the next; zero before the
   *     second
   * @param quietFor how long ago it asked last
   * @param refusedInARow how often in a row, up to now, it was told that the process is not ready
   */
  public record Prober(
      String address,
      String userAgent,
      String path,
      long asked,
      Duration interval,
      Duration quietFor,
      int refusedInARow) {}

  /**
   * Notes that a readiness probe is being answered.
   *
   * @param address where from, without the port
   * @param userAgent the header of that name
   * @param path what was asked for
   * @param ready what it is told
   */
  public void answered(
      @Nullable String address, @Nullable String userAgent, String path, boolean ready) {
    String from = address == null ? "" : address;
    String agent = userAgent == null ? "" : userAgent;
    if (agent.length() > LONGEST_AGENT) {
      agent = agent.substring(0, LONGEST_AGENT);
    }
    long now = ticker.read();
    for (Seen one : known) {
      if (one.is(from, agent, path)) {
        one.answered(ready, now);
        return;
      }
    }
    remember(from, agent, path, ready, now);
  }

  /** Everyone who is remembered. For the shutdown and for pages: it allocates. */
  public List<Prober> seen() {
    long now = ticker.read();
    List<Prober> seen = new ArrayList<>();
    for (Seen one : known) {
      seen.add(one.describe(now));
    }
    return seen;
  }

  private synchronized void remember(
      String address, String agent, String path, boolean ready, long now) {
    for (Seen one : known) {
      if (one.is(address, agent, path)) {
        one.answered(ready, now);
        return;
      }
    }
    Seen added = new Seen(address, agent, path, ready, now);
    if (known.length < MOST) {
      Seen[] more = Arrays.copyOf(known, known.length + 1);
      more[known.length] = added;
      known = more;
    } else {
      Seen[] others = known.clone();
      others[leastMissed(others)] = added;
      known = others;
    }
  }

  /** Who has asked least often, and of those the one that has been silent longest. */
  private static int leastMissed(Seen[] all) {
    int least = 0;
    for (int i = 1; i < all.length; i++) {
      boolean rarer = all[i].asked < all[least].asked;
      boolean asRare = all[i].asked == all[least].asked;
      if (rarer || (asRare && all[i].last - all[least].last < 0)) {
        least = i;
      }
    }
    return least;
  }

  /**
   * A prober asks one question after the other, so its fields have one writer at a time. Where two
   * share a name their writes may run into each other; then a question goes uncounted, and the
   * shutdown waits for one more.
   */
  private static final class Seen {
    private final String address;
    private final String userAgent;
    private final String path;
    private volatile long asked = 1;
    private volatile long last;
    private volatile long interval;
    private volatile int refusedInARow;

    Seen(String address, String userAgent, String path, boolean ready, long now) {
      this.address = address;
      this.userAgent = userAgent;
      this.path = path;
      this.last = now;
      this.refusedInARow = ready ? 0 : 1;
    }

    boolean is(String otherAddress, String otherAgent, String otherPath) {
      return address.equals(otherAddress) && userAgent.equals(otherAgent) && path.equals(otherPath);
    }

    // One writer at a time, see above: the increments need not be atomic.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    void answered(boolean ready, long now) {
      long gap = Math.max(0, now - last);
      // The first gap as it is, then a quarter of each new one: an interval that changes (HAProxy's
      // fastinter) is followed within a few questions.
      interval = asked == 1 ? gap : interval + (gap - interval) / 4;
      last = now;
      asked = asked + 1;
      refusedInARow = ready ? 0 : refusedInARow + 1;
    }

    Prober describe(long now) {
      return new Prober(
          address,
          userAgent,
          path,
          asked,
          Duration.ofNanos(interval),
          Duration.ofNanos(Math.max(0, now - last)),
          refusedInARow);
    }
  }
}
