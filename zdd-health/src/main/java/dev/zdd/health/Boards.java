package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Ticker;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which check stands on which boards: on that of its probe, and on those of the groups that name
 * it. Whoever changes something here holds the lock of {@link Health}; who reads takes none.
 */
final class Boards {
  private final Map<Probe, ProbeBoard> probes = new EnumMap<>(Probe.class);
  private final Map<String, ProbeBoard> groups = new LinkedHashMap<>();
  private final Map<String, Set<String>> members;

  /**
   * Boards without checks.
   *
   * @param members the groups by name, each with the names of its readiness checks
   */
  Boards(Ticker ticker, Map<String, Set<String>> members) {
    this.members = members;
    for (Probe probe : Probe.values()) {
      probes.put(probe, new ProbeBoard(ticker, false));
    }
    members.keySet().forEach(name -> groups.put(name, new ProbeBoard(ticker, true)));
  }

  ProbeBoard of(Probe probe) {
    return requireNonNull(probes.get(probe));
  }

  /** The groups by name, in the order of their definition. */
  Map<String, ProbeBoard> groups() {
    return groups;
  }

  /** False, and nothing is added, if the name is taken. */
  boolean add(Probe probe, String name, CheckEntry entry) {
    boolean isGroup = probe == Probe.READINESS && groups.containsKey(name);
    if (isGroup || of(probe).find(name) != null) {
      return false;
    }
    with(probe, name).forEach(board -> board.add(entry));
    return true;
  }

  /** What was removed; null if there was none of that name. */
  @Nullable CheckEntry remove(Probe probe, String name) {
    CheckEntry entry = of(probe).find(name);
    if (entry != null) {
      with(probe, name).forEach(board -> board.remove(entry));
    }
    return entry;
  }

  /** Takes in what {@code entry} has found since; false if it was removed meanwhile. */
  boolean publish(CheckEntry entry) {
    CheckSnapshot check = entry.snapshot();
    if (!entry.equals(of(check.probe()).find(check.name()))) {
      return false;
    }
    with(check.probe(), check.name()).forEach(board -> board.publish(entry));
    return true;
  }

  /** From here on nothing is published and nothing grows stale. */
  void freeze() {
    probes.values().forEach(ProbeBoard::freeze);
    groups.values().forEach(ProbeBoard::freeze);
  }

  /** Each check once, with its probe. */
  List<CheckEntry> entries() {
    return probes.values().stream().flatMap(board -> board.entries().stream()).toList();
  }

  private List<ProbeBoard> with(Probe probe, String check) {
    Stream<ProbeBoard> own = Stream.of(of(probe));
    if (probe != Probe.READINESS || members.isEmpty()) {
      return own.toList();
    }
    Stream<ProbeBoard> named =
        members.entrySet().stream()
            .filter(group -> group.getValue().contains(check))
            .map(group -> requireNonNull(groups.get(group.getKey())));
    return Stream.concat(own, named).toList();
  }
}
