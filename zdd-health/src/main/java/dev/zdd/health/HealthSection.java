package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.page.Badge;
import dev.zdd.core.page.Block;
import dev.zdd.core.page.Content;
import dev.zdd.core.page.Entries;
import dev.zdd.core.page.Fact;
import dev.zdd.core.page.Facts;
import dev.zdd.core.page.Section;
import dev.zdd.core.page.Tone;
import dev.zdd.core.page.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What a page shows of the health: the probes, the groups, and each check, the worst first. */
final class HealthSection implements Section {
  private static final Comparator<CheckLine> WORST_FIRST =
      Comparator.comparing(CheckLine::tone)
          .thenComparing(line -> line.check().status())
          .thenComparing(line -> line.check().consecutiveFailures() > 0)
          .thenComparing(line -> line.check().options().required())
          .reversed();

  private static final int NAMED = 2;

  private final Health health;
  private final Audience audience;
  private final Map<ProbeBoard, StatusSince> since = new HashMap<>();

  HealthSection(Health health, Audience audience) {
    this.health = health;
    this.audience = audience;
    Instant now = Instant.now();
    for (Probe probe : Probe.values()) {
      ProbeBoard board = health.board(probe);
      since.put(board, new StatusSince(health.status(probe, board), now));
    }
    for (ProbeBoard group : health.groups().values()) {
      since.put(group, new StatusSince(statusOf(group), now));
    }
  }

  /** Begins to note since when the probes are what they are. */
  void follow() {
    health.onRun((check, outcome, took) -> note());
    health.onChange(change -> note()); // Signals are not run.
    health.lifecycle().onTransition(transition -> note());
  }

  private void note() {
    Instant now = Instant.now();
    for (Probe probe : Probe.values()) {
      ProbeBoard board = health.board(probe);
      sinceOf(board, health.status(probe, board), now);
    }
    health.groups().values().forEach(group -> sinceOf(group, statusOf(group), now));
  }

  @Override
  public String title() {
    return "Health";
  }

  @Override
  public Content content(EndpointRequest request) {
    Details details = audience.of(request);
    Instant now = Instant.now();
    long reading = health.ticker().read();
    List<CheckLine> lines = new ArrayList<>();
    List<Fact> probes = new ArrayList<>();
    Badge worst = null;
    for (Probe probe : Probe.values()) {
      HealthSnapshot snapshot = health.snapshot(probe);
      snapshot.checks().forEach(check -> lines.add(line(check, details, now, reading)));
      Badge badge = badge(snapshot.probe(), snapshot.status(), snapshot.checks());
      probes.add(
          fact(
              probe.label() + " " + probe.path(),
              badge,
              health.board(probe),
              snapshot.status(),
              now));
      // What has started says nothing of today; what has not, readiness says too.
      if (probe != Probe.STARTUP && (worst == null || badge.tone().compareTo(worst.tone()) >= 0)) {
        worst = badge;
      }
    }
    health
        .groups()
        .forEach((name, board) -> {
          Status status = statusOf(board);
          Badge badge = badge(Probe.READINESS, status, board.checks(Set.of()));
          probes.add(fact("group " + name, badge, board, status, now));
        });
    lines.sort(WORST_FIRST);
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Facts(probes));
    if (details != Details.NOTHING && !lines.isEmpty()) {
      int shown = Math.min(lines.size(), Block.MOST_ROWS);
      blocks.add(
          new Entries(
              count(lines.size(), "check"),
              lines.subList(0, shown).stream().map(CheckLine::entry).toList(),
              lines.size() - shown));
    }
    return new Content(requireNonNull(worst), headline(details, lines), blocks);
  }

  private CheckLine line(CheckSnapshot check, Details details, Instant now, long reading) {
    boolean pushed = health.board(check.probe()).find(check.name()) instanceof HealthSignal;
    return new CheckLine(check, pushed, details, now, reading);
  }

  private static Badge badge(Probe probe, Status status, List<CheckSnapshot> checks) {
    String word = probe.word(status.isOk());
    if (status.isOk()) {
      return status == Status.UP
          ? new Badge(Tone.GOOD, word)
          : new Badge(Tone.WARNING, word + ", degraded");
    }
    // A process that starts or drains is not ready either, and nobody is woken for it.
    boolean broken = checks.stream().anyMatch(check -> CheckLine.breaks(check));
    return new Badge(broken || probe == Probe.LIVENESS ? Tone.BAD : Tone.WARNING, word);
  }

  private Fact fact(String name, Badge badge, ProbeBoard board, Status status, Instant now) {
    return new Fact(name, badge, Value.of(sinceOf(board, status, now)));
  }

  private Instant sinceOf(ProbeBoard board, Status status, Instant now) {
    return requireNonNull(since.get(board)).note(status, now);
  }

  private Status statusOf(ProbeBoard group) {
    return health.status(Probe.READINESS, group);
  }

  private String headline(Details details, List<CheckLine> lines) {
    Lifecycle.State state = health.lifecycle().state();
    String where =
        state == Lifecycle.State.READY ? "" : state.name().toLowerCase(Locale.ROOT) + "; ";
    if (details == Details.NOTHING) {
      return where + "the checks are not shown to you";
    }
    List<CheckLine> troubled =
        lines.stream().filter(line -> line.check().status() != Status.UP).toList();
    if (troubled.isEmpty()) {
      return where + (lines.isEmpty() ? "no checks" : count(lines.size(), "check") + ", all up");
    }
    StringBuilder text = new StringBuilder(where);
    for (int i = 0; i < Math.min(NAMED, troubled.size()); i++) {
      CheckSnapshot check = troubled.get(i).check();
      text.append(i == 0 ? "" : ", ").append(check.name());
      text.append(" is ").append(check.status().label());
    }
    int more = troubled.size() - NAMED;
    return more > 0 ? text + ", and " + more + " more not up" : text.toString();
  }

  private static String count(int number, String of) {
    return number + " " + of + (number == 1 ? "" : "s");
  }
}
