package dev.zdd.core;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
   * @param quietFor how long ago it asked last; zero while it waits for its answer
   * @param refusedInARow how often in a row, up to now, it was told that the process is not ready
   * @param waits whether it last asked to be told of a change: then it need not be told twice
   */
  public record Prober(
      String address,
      String userAgent,
      String path,
      long asked,
      Duration interval,
      Duration quietFor,
      int refusedInARow,
      boolean waits) {}

  /** Somebody who waits for an answer. One of the two is to be called; the first call counts. */
  public interface Waiting {
    /** It is being told whether the process is ready. */
    void told(boolean ready);

    /** It has gone, and will be told nothing. */
    void left();
  }

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
    String agent = shortened(userAgent);
    long now = ticker.read();
    Seen known = find(from, agent, path);
    if (known == null) {
      known = remember(new Seen(from, agent, path, now));
    }
    known.answered(ready, false, now);
  }

  /** Notes, with the parameters of {@link #answered}, that a probe waits to be told of a change. */
  public Waiting waits(@Nullable String address, @Nullable String userAgent, String path) {
    String from = address == null ? "" : address;
    String agent = shortened(userAgent);
    Seen known = find(from, agent, path);
    Seen one = known == null ? remember(new Seen(from, agent, path, ticker.read())) : known;
    one.waits = true;
    one.waiting.incrementAndGet();
    return new OneWaiting(one, ticker);
  }

  private static String shortened(@Nullable String userAgent) {
    String agent = userAgent == null ? "" : userAgent;
    return agent.length() > LONGEST_AGENT ? agent.substring(0, LONGEST_AGENT) : agent;
  }

  private @Nullable Seen find(String address, String agent, String path) {
    for (Seen one : known) {
      if (one.is(address, agent, path)) {
        return one;
      }
    }
    return null;
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

  private synchronized Seen remember(Seen added) {
    Seen meanwhile = find(added.address, added.userAgent, added.path);
    if (meanwhile != null) {
      return meanwhile;
    }
    if (known.length < MOST) {
      Seen[] more = Arrays.copyOf(known, known.length + 1);
      more[known.length] = added;
      known = more;
    } else {
      Seen[] others = known.clone();
      others[leastMissed(others)] = added;
      known = others;
    }
    return added;
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

  private static final class OneWaiting implements Waiting {
    private final AtomicBoolean over = new AtomicBoolean();
    private final Seen seen;
    private final Ticker ticker;

    OneWaiting(Seen seen, Ticker ticker) {
      this.seen = seen;
      this.ticker = ticker;
    }

    @Override
    public void told(boolean ready) {
      if (over.compareAndSet(false, true)) {
        seen.answered(ready, true, ticker.read()); // another of the same name may not have waited
        seen.waiting.decrementAndGet();
      }
    }

    @Override
    public void left() {
      if (over.compareAndSet(false, true)) {
        seen.waiting.decrementAndGet();
      }
    }
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
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile boolean waits;
    // Written last and read first, and so what carries the three below it to other threads: one
    // write that waits for the memory instead of five, for where many processors answer.
    private volatile long asked;
    private long last;
    private long interval;
    private int refusedInARow;

    Seen(String address, String userAgent, String path, long now) {
      this.address = address;
      this.userAgent = userAgent;
      this.path = path;
      this.last = now;
    }

    boolean is(String otherAddress, String otherAgent, String otherPath) {
      return address.equals(otherAddress) && userAgent.equals(otherAgent) && path.equals(otherPath);
    }

    // One writer at a time, see above: the increments need not be atomic.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    void answered(boolean ready, boolean hasWaited, long now) {
      long before = asked;
      long gap = Math.max(0, now - last);
      // The first gap as it is, then a quarter of each new one: an interval that changes (HAProxy's
      // fastinter) is followed within a few questions.
      interval = before < 2 ? gap : interval + (gap - interval) / 4;
      last = now;
      refusedInARow = ready ? 0 : refusedInARow + 1;
      if (waits != hasWaited) {
        waits = hasWaited;
      }
      asked = before + 1;
    }

    Prober describe(long now) {
      long known = asked;
      return new Prober(
          address,
          userAgent,
          path,
          known,
          Duration.ofNanos(interval),
          Duration.ofNanos(waiting.get() > 0 ? 0 : Math.max(0, now - last)),
          refusedInARow,
          waits);
    }
  }
}
