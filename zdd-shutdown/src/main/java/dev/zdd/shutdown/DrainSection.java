package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.page.Badge;
import dev.zdd.core.page.Bar;
import dev.zdd.core.page.Content;
import dev.zdd.core.page.Fact;
import dev.zdd.core.page.Facts;
import dev.zdd.core.page.Note;
import dev.zdd.core.page.Section;
import dev.zdd.core.page.Tone;
import dev.zdd.core.page.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a {@link dev.zdd.core.page.StatusPage} shows of the shutdown: nothing much until it begins,
 * then the phases within the deadline, and what has been served, refused and cut.
 *
 * <p>The port may be public, so addresses of probers, names of steps and the reason of the shutdown
 * are shown only {@link #withDetails}, as {@link DrainEndpoint} does.
 */
public final class DrainSection implements Section {
  private final GracefulShutdown shutdown;
  private final boolean details;

  private DrainSection(GracefulShutdown shutdown, boolean details) {
    this.shutdown = requireNonNull(shutdown, "shutdown");
    this.details = details;
  }

  /** The progress in numbers. */
  public static DrainSection of(GracefulShutdown shutdown) {
    return new DrainSection(shutdown, false);
  }

  /** The same, and what it waits for: for a port that only its owners reach. */
  public DrainSection withDetails() {
    return new DrainSection(shutdown, true);
  }

  @Override
  public String title() {
    return "Shutdown";
  }

  @Override
  public Content content(EndpointRequest request) {
    DrainProgress progress = shutdown.progress();
    if (progress.reason() == null) {
      String bound = "A drain may take " + Seconds.of(progress.left()) + " in all.";
      return new Content(
          new Badge(Tone.NEUTRAL, "not begun"), "no shutdown has begun", List.of(new Note(bound)));
    }
    Phase phase = progress.phase();
    boolean lost = progress.cut() > 0 || progress.refused() > 0;
    String word = phase == null ? lower(progress.state()) : lower(phase);
    String waits =
        details && !progress.waitingFor().isEmpty() ? "; waits for " + progress.waitingFor() : "";
    String headline = Seconds.of(progress.left()) + " left" + waits;
    return new Content(
        new Badge(lost ? Tone.BAD : Tone.WARNING, word), headline, List.of(facts(progress)));
  }

  private Facts facts(DrainProgress progress) {
    List<Fact> facts = new ArrayList<>();
    facts.add(Fact.of("phases within the deadline", phases(progress)));
    facts.add(Fact.of("elapsed", Value.of(progress.elapsed())));
    facts.add(Fact.of("left", Value.of(progress.left())));
    if (details) {
      facts.add(Fact.of("begun by", String.valueOf(progress.reason())));
      if (!progress.waitingFor().isEmpty()) {
        facts.add(Fact.of("waits for", progress.waitingFor()));
      }
    }
    facts.add(Fact.of("in flight", progress.inFlight()));
    facts.add(Fact.of("open connections", progress.openConnections()));
    facts.add(Fact.of("served since the signal", progress.served()));
    facts.add(Fact.of("refused", alarm(progress.refused())));
    facts.add(Fact.of("cut", alarm(progress.cut())));
    facts.add(Fact.of("idle connections closed", progress.idleClosed()));
    return new Facts(facts);
  }

  private static Value alarm(long lost) {
    return lost == 0 ? Value.of(0) : new Badge(Tone.BAD, Long.toString(lost));
  }

  private static Bar phases(DrainProgress progress) {
    double whole = progress.elapsed().plus(progress.left()).toMillis();
    List<Bar.Part> parts = new ArrayList<>();
    progress
        .phases()
        .forEach((phase, took) ->
            parts.add(new Bar.Part(lower(phase) + " " + Seconds.of(took), share(took, whole))));
    return new Bar(parts, "left " + Seconds.of(progress.left()));
  }

  private static double share(Duration part, double whole) {
    return whole <= 0 ? 0 : Math.min(1, Math.max(0, part.toMillis() / whole));
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
