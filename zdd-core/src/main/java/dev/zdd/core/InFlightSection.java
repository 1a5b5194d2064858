package dev.zdd.core;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.page.Badge;
import dev.zdd.core.page.Block;
import dev.zdd.core.page.Content;
import dev.zdd.core.page.Fact;
import dev.zdd.core.page.Facts;
import dev.zdd.core.page.Section;
import dev.zdd.core.page.Table;
import dev.zdd.core.page.Tone;
import dev.zdd.core.page.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a {@link dev.zdd.core.page.StatusPage} shows of the lifecycle: its state, and how much is in
 * flight, with the {@value #OLDEST} oldest.
 *
 * <p>The port may be public, so what a request is about is shown only {@link #withDetails}. It
 * looks at each piece of work: for a page, not for a probe.
 */
public final class InFlightSection implements Section {
  /** How many pieces of work are shown. */
  static final int OLDEST = 10;

  private final Lifecycle lifecycle;
  private final boolean details;

  private InFlightSection(Lifecycle lifecycle, boolean details) {
    this.lifecycle = requireNonNull(lifecycle, "lifecycle");
    this.details = details;
  }

  /** The numbers and the ages. */
  public static InFlightSection of(Lifecycle lifecycle) {
    return new InFlightSection(lifecycle, false);
  }

  /** The same, with the paths of requests: for a port that only its owners reach. */
  public InFlightSection withDetails() {
    return new InFlightSection(lifecycle, true);
  }

  @Override
  public String title() {
    return "In flight";
  }

  @Override
  public Content content(EndpointRequest request) {
    InFlight inFlight = lifecycle.inFlight();
    List<InFlight.Work> work = inFlight.work();
    Lifecycle.State state = lifecycle.state();
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        Facts.of(
            Fact.of("lifecycle", badge(state)),
            Fact.of("in flight", work.size()),
            Fact.of("long-lived", lifecycle.longLived().count()),
            Fact.of("begun since the start", inFlight.begun()),
            Fact.of("refused since the start", inFlight.refused())));
    if (!work.isEmpty()) {
      blocks.add(oldest(work));
    }
    return new Content(badge(state), headline(work), blocks);
  }

  private static String headline(List<InFlight.Work> work) {
    return work.isEmpty()
        ? "nothing in flight"
        : work.size() + " in flight, the oldest for " + seconds(work.get(0).age());
  }

  private Table oldest(List<InFlight.Work> work) {
    int shown = Math.min(OLDEST, work.size());
    List<List<Value>> rows = new ArrayList<>();
    for (InFlight.Work each : work.subList(0, shown)) {
      Value age = Value.of(each.age());
      Value method = Value.of(each.method());
      rows.add(details ? List.of(method, Value.of(each.target()), age) : List.of(method, age));
    }
    List<String> columns = details ? List.of("what", "path", "for") : List.of("what", "for");
    return new Table("The oldest in flight", columns, rows, work.size() - shown);
  }

  private static Badge badge(Lifecycle.State state) {
    Tone tone =
        switch (state) {
          case STARTING, DRAINING -> Tone.WARNING;
          case READY -> Tone.GOOD;
          case STOPPED -> Tone.NEUTRAL;
        };
    return new Badge(tone, state.name().toLowerCase(Locale.ROOT));
  }

  private static String seconds(Duration age) {
    return String.format(Locale.ROOT, "%.1f s", age.toMillis() / 1000.0);
  }
}
