package dev.zdd.shutdown;

import dev.zdd.core.Probers.Prober;
import dev.zdd.core.Ticker;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the balancer has noticed, from what is seen and not from a guess. It is over when
 * every prober that counts has been refused as often as it needs, has had {@code quiet} to read the
 * last refusal that it needed, and no new request has come for {@code quiet}.
 *
 * <p>A prober counts if it asked before T0 and was still asking then. One that first asks after T0
 * has never been told that this instance is in service, and must not be able to prolong the drain.
 * One that needs no refusal is no balancer, and is as good as nobody.
 *
 * <p>It only looks and compares: whoever owns it looks again every few milliseconds, on one thread.
 */
final class Announcement {
  /** What a look found. */
  sealed interface Verdict {
    /** It is over; {@code why} is the evidence in words. */
    record Over(String why) implements Verdict {}

    /** Not yet; {@code what} is what is still missing, in words. */
    record Waiting(String what) implements Verdict {}
  }

  // One who has asked once has no interval yet; most ask every 10 s or more often.
  private static final Duration ASKED_ONCE = Duration.ofSeconds(10);
  private static final Duration ASKING_SLACK = Duration.ofSeconds(1);

  // Looks come every 20 ms. After a longer gap the process itself stood still (SIGSTOP, a pause of
  // the VM): requests may wait in its sockets, and having begun none of them is no evidence.
  private static final Duration STOOD_STILL = Duration.ofMillis(250);
  private static final int NAMED = 3;
  private static final int LONGEST_AGENT = 60;

  private final AnnounceSettings settings;
  private final Ticker ticker;
  private final long start;
  private final boolean everProbed;
  private final Map<Name, Waited> probers = new LinkedHashMap<>();
  private long begun;
  private long quietSince;
  private long lastLook;

  /**
   * Begins at T0.
   *
   * @param seen who has asked, as read before readiness began to say no
   * @param begun how much has been let in so far
   */
  Announcement(AnnounceSettings settings, Ticker ticker, List<Prober> seen, long begun) {
    this.settings = settings;
    this.ticker = ticker;
    this.start = ticker.read();
    this.begun = begun;
    this.quietSince = start;
    this.lastLook = start;
    boolean anyBalancer = false;
    for (Prober prober : seen) {
      int needed = settings.refusalsNeeded(prober);
      anyBalancer |= needed > 0;
      if (needed > 0 && stillAsking(prober)) {
        probers.put(Name.of(prober), new Waited(prober, needed));
      }
    }
    this.everProbed = anyBalancer;
    note(seen, start);
  }

  private static boolean stillAsking(Prober prober) {
    Duration longest =
        prober.asked() == 1 ? ASKED_ONCE : prober.interval().multipliedBy(3).plus(ASKING_SLACK);
    return prober.quietFor().compareTo(longest) <= 0;
  }

  /** Looks at what is known now. */
  Verdict look(List<Prober> seen, long begunNow) {
    long now = ticker.read();
    if (begunNow != begun || since(lastLook, now).compareTo(STOOD_STILL) > 0) {
      begun = begunNow;
      quietSince = now;
    }
    lastLook = now;
    note(seen, now);
    Duration elapsed = since(start, now);
    if (probers.isEmpty()) {
      String why = everProbed ? "no prober was asking any more" : "no prober was seen";
      return reached(elapsed, settings.unprobed())
          ? new Verdict.Over(why + ": " + Seconds.of(settings.unprobed()))
          : new Verdict.Waiting(Seconds.of(settings.unprobed()) + " to pass (" + why + ")");
    }
    String missing = missing(now);
    if (missing == null) {
      return reached(elapsed, settings.min())
          ? new Verdict.Over(evidence())
          : new Verdict.Waiting("announceMin (" + Seconds.of(settings.min()) + ")");
    }
    return reached(elapsed, settings.timeout())
        ? new Verdict.Over("announceTimeout: " + missing)
        : new Verdict.Waiting(missing);
  }

  private void note(List<Prober> seen, long now) {
    for (Prober prober : seen) {
      Waited waited = probers.get(Name.of(prober));
      // One that the list no longer has (it was pushed out by others) stays as it was last seen.
      if (waited != null) {
        waited.note(prober, now);
      }
    }
  }

  private @Nullable String missing(long now) {
    List<Waited> unrefused = probers.values().stream().filter(p -> !p.isRefused()).toList();
    if (!unrefused.isEmpty()) {
      return some(unrefused, p -> p.name() + " has been refused " + p.times() + " times");
    }
    List<Waited> reading =
        probers.values().stream()
            .filter(p -> !reached(since(p.refusedAt, now), settings.quiet()))
            .toList();
    if (!reading.isEmpty()) {
      return some(reading, Waited::name) + " to read the last refusal";
    }
    Duration quiet = since(quietSince, now);
    return reached(quiet, settings.quiet())
        ? null
        : "no request for " + Seconds.of(settings.quiet()) + " (so far " + Seconds.of(quiet) + ")";
  }

  private String evidence() {
    return "every prober has been refused ("
        + some(List.copyOf(probers.values()), p -> p.name() + " " + p.times() + " times")
        + "), no request for "
        + Seconds.of(settings.quiet());
  }

  private static String some(List<Waited> all, Function<Waited, String> described) {
    String first = all.stream().limit(NAMED).map(described).collect(Collectors.joining(", "));
    return all.size() <= NAMED ? first : first + " and " + (all.size() - NAMED) + " more";
  }

  private static Duration since(long then, long now) {
    return Duration.ofNanos(now - then);
  }

  private static boolean reached(Duration elapsed, Duration bound) {
    return elapsed.compareTo(bound) >= 0;
  }

  /** What makes a prober the same from one look to the next. */
  private record Name(String address, String userAgent, String path) {
    static Name of(Prober prober) {
      return new Name(prober.address(), prober.userAgent(), prober.path());
    }
  }

  /** One that counts. */
  private static final class Waited {
    final int needed;
    Prober last;
    // When it was refused for the time that it needed, or later: it may have been refused more
    // often between two looks.
    long refusedAt;
    private boolean refused;

    Waited(Prober prober, int needed) {
      this.last = prober;
      this.needed = needed;
    }

    void note(Prober prober, long now) {
      last = prober;
      boolean enough = prober.refusedInARow() >= needed;
      if (enough && !refused) {
        refusedAt = now - prober.quietFor().toNanos();
      }
      refused = enough;
    }

    boolean isRefused() {
      return refused;
    }

    String name() {
      String agent = last.userAgent();
      String shown =
          agent.length() <= LONGEST_AGENT ? agent : agent.substring(0, LONGEST_AGENT) + "…";
      return InFlightLines.printable(
          (last.address().isEmpty() ? "(address unknown)" : last.address())
              + (shown.isEmpty() ? "" : " " + shown));
    }

    String times() {
      return Math.min(last.refusedInARow(), needed) + " of " + needed;
    }
  }
}
