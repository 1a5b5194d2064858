package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.page.Badge;
import dev.zdd.core.page.Block;
import dev.zdd.core.page.Content;
import dev.zdd.core.page.Entries;
import dev.zdd.core.page.Entry;
import dev.zdd.core.page.Fact;
import dev.zdd.core.page.Facts;
import dev.zdd.core.page.Link;
import dev.zdd.core.page.Section;
import dev.zdd.core.page.Tone;
import dev.zdd.core.page.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link dev.zdd.core.page.StatusPage} shows of flags: where they come from and how far that
 * can be relied on, and each flag with its state, owner, expiry, how often it is asked and what it
 * answers; those that want a look first.
 *
 * <pre>{@code
 * StatusPage page = StatusPage.at("/status", "orders", health.section(), FlagsSection.of(flags));
 * }</pre>
 *
 * <p>What wants a look is what {@link StaleFlags} would fail a build for, by its defaults. It shows
 * keys, owners and numbers, and neither ids nor what rules compare. It changes nothing; with a
 * {@link FlagChangePage} each flag has a link to it, for those who may change it.
 */
public final class FlagsSection implements Section {
  private static final Duration OLD = Duration.ofMinutes(1);
  private static final Comparator<Entry> WORST_FIRST =
      Comparator.comparing((Entry entry) -> entry.badge().tone())
          .reversed()
          .thenComparing(Entry::title);

  private final Flags flags;
  private final StaleFlags stale;
  private final EvaluationRates rates;
  private final @Nullable FlagChangePage change;

  private FlagsSection(Flags flags, @Nullable FlagChangePage change) {
    this.flags = flags;
    this.change = change;
    this.stale = StaleFlags.builder(flags).clock(flags.clock()).build();
    this.rates = new EvaluationRates(System::nanoTime);
  }

  /** The section of {@code flags}. */
  public static FlagsSection of(Flags flags) {
    return new FlagsSection(requireNonNull(flags, "flags"), null);
  }

  /** The section of {@code flags}, for those who may with a way to where they are changed. */
  public static FlagsSection of(Flags flags, FlagChangePage change) {
    return new FlagsSection(requireNonNull(flags, "flags"), requireNonNull(change, "change"));
  }

  @Override
  public String title() {
    return "Flags";
  }

  @Override
  public Content content(EndpointRequest request) {
    FlagSnapshot snapshot = flags.snapshot();
    FlagSource.Status status = flags.status();
    Map<String, StaleFinding> findings = new HashMap<>();
    // The gravest of each flag: they come first.
    stale.report().findings().forEach(found -> findings.putIfAbsent(found.flag(), found));
    // Those that are defined, and those that the program asks for without their being defined.
    Map<String, @Nullable FlagDefinition> shown = new TreeMap<>();
    flags.handles().forEach(flag -> shown.put(flag.key(), null));
    if (snapshot != null) {
      snapshot.definitions().forEach(definition -> shown.put(definition.key(), definition));
    }
    List<Entry> entries = new ArrayList<>();
    String way = change == null ? null : change.way(request); // asked once: it may be dear
    shown.forEach((key, definition) -> entries.add(entry(way, key, definition, findings.get(key))));
    entries.sort(WORST_FIRST);
    long wantALook = entries.stream().filter(entry -> isTroubled(entry.badge())).count();
    Badge badge = badge(snapshot, status, wantALook);
    List<Block> blocks = List.of(source(snapshot, status), new Entries("Flags", entries, 0));
    return new Content(badge, headline(entries.size(), wantALook, status), blocks);
  }

  private static Badge badge(
      @Nullable FlagSnapshot snapshot, FlagSource.Status status, long wantALook) {
    if (snapshot == null) {
      return new Badge(Tone.WARNING, "nothing read");
    }
    if (status.problem() != null || status.age().compareTo(OLD) > 0) {
      return new Badge(Tone.WARNING, "stale");
    }
    return wantALook > 0 ? new Badge(Tone.WARNING, "look") : new Badge(Tone.GOOD, "current");
  }

  private static String headline(int count, long wantALook, FlagSource.Status status) {
    String problem = status.problem();
    return count
        + (count == 1 ? " flag" : " flags")
        + (wantALook == 0 ? "" : ", " + wantALook + " to be looked at")
        + (problem == null ? "" : "; " + problem);
  }

  private Facts source(@Nullable FlagSnapshot snapshot, FlagSource.Status status) {
    List<Fact> facts = new ArrayList<>();
    facts.add(Fact.of("source", flags.source()));
    facts.add(Fact.of("snapshot", snapshot == null ? "none yet" : snapshot.version()));
    facts.add(Fact.of("confirmed before", Value.of(status.age())));
    facts.add(Fact.of("failed reads", status.failures()));
    String problem = status.problem();
    if (problem != null) {
      facts.add(Fact.of("problem", problem));
    }
    return new Facts(facts);
  }

  private Entry entry(
      @Nullable String way,
      String key,
      @Nullable FlagDefinition definition,
      @Nullable StaleFinding finding) {
    Flag flag = flags.known(key);
    List<Fact> facts = facts(definition, flag);
    if (way != null && definition != null) {
      facts.add(
          0, Fact.of("change", new Link("on, off, percentage", way + FlagChanges.escaped(key))));
    }
    Entry entry = Entry.of(key, badge(definition, finding)).facts(facts);
    if (definition != null) {
      List<String> tags = new ArrayList<>(List.of(definition.type().text()));
      if (definition.owner() != null) {
        tags.add(definition.owner());
      }
      entry = entry.tags(tags);
    }
    if (finding != null) {
      entry = entry.note(finding.why() + ": " + finding.advice());
    }
    if (flag != null) {
      entry =
          entry
              .aside(Value.of(String.format(Locale.ROOT, "%.1f/s", rates.perSecond(flag))))
              .picture(AnswerBar.of(flag));
    }
    return entry;
  }

  private static Badge badge(@Nullable FlagDefinition definition, @Nullable StaleFinding finding) {
    if (finding != null && finding.failing()) {
      return new Badge(Tone.WARNING, finding.kind().text());
    }
    if (definition == null) { // nothing has been read yet, or it was read a moment ago
      return new Badge(Tone.NEUTRAL, "not defined");
    }
    return state(definition);
  }

  /** What a definition says of itself: off, on, or for how many. */
  static Badge state(FlagDefinition definition) {
    Percentage percentage = definition.percentage();
    return !definition.enabled()
        ? new Badge(Tone.NEUTRAL, "off")
        : new Badge(Tone.GOOD, percentage == null ? "on" : percentage.toString());
  }

  private static boolean isTroubled(Badge badge) {
    return badge.tone().compareTo(Tone.WARNING) >= 0;
  }

  private static List<Fact> facts(@Nullable FlagDefinition definition, @Nullable Flag flag) {
    List<Fact> facts = new ArrayList<>();
    if (definition != null) {
      facts.addAll(FlagFacts.of(definition));
    }
    if (flag == null) {
      facts.add(Fact.of("asked", "never, by this process"));
    } else {
      facts.add(Fact.of("on", flag.on()));
      facts.add(Fact.of("off", flag.off()));
      facts.add(Fact.of("asked without an id", flag.noUnit()));
    }
    return facts;
  }
}
