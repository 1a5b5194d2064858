package dev.zdd.shutdown;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who is closed after whom: servers, in the order of registration; then the phases. Everything that
 * orders them (the chain of registration, {@code after}, the phases) becomes one kind of edge, so
 * that there is one thing to check here and one to obey in {@link Closing}.
 */
final class ClosingOrder {
  /**
   * One thing to close.
   *
   * @param waitsFor the names of all that must have ended before it begins
   */
  record Node(String name, AutoCloseable action, Duration timeout, Set<String> waitsFor) {}

  private final List<Node> nodes;

  private ClosingOrder(List<Node> nodes) {
    this.nodes = List.copyOf(nodes);
  }

  /**
   * The order of these, in which nothing waits for itself.
   *
   * @throws IllegalArgumentException if a step is after one that does not exist, that is closed in
   *     a later phase, or in a circle; the message names them
   */
  static ClosingOrder of(List<Server> servers, List<Step> steps, ShutdownSettings settings) {
    List<Node> nodes = new ArrayList<>();
    Set<String> before = new HashSet<>();
    for (Server server : servers) {
      nodes.add(
          new Node(server.name(), server.drainable()::close, settings.step(), Set.copyOf(before)));
      before.add(server.name());
    }
    refuseUnknown(before, steps);
    refuseCircles(steps);
    for (ClosePhase phase : ClosePhase.values()) {
      Set<String> earlier = Set.copyOf(before);
      Set<String> chained = new HashSet<>();
      for (int i = steps.size() - 1; i >= 0; i--) {
        Step step = steps.get(i);
        if (step.phase() != phase) {
          continue;
        }
        Set<String> waitsFor = new HashSet<>(earlier);
        waitsFor.addAll(step.after());
        if (!step.inParallel()) {
          waitsFor.addAll(chained);
          chained.add(step.name());
        }
        Duration timeout = step.timeout() == null ? settings.step() : step.timeout();
        nodes.add(new Node(step.name(), step.action(), timeout, Set.copyOf(waitsFor)));
        before.add(step.name());
      }
    }
    return new ClosingOrder(nodes);
  }

  /** All of them, in the order in which they would be closed one by one. */
  List<Node> nodes() {
    return nodes;
  }

  private static void refuseUnknown(Set<String> servers, List<Step> steps) {
    Map<String, ClosePhase> phases = new HashMap<>();
    steps.forEach(step -> phases.put(step.name(), step.phase()));
    for (Step step : steps) {
      for (String name : step.after()) {
        ClosePhase phase = phases.get(name);
        if (phase == null && !servers.contains(name)) {
          throw new IllegalArgumentException(
              "\""
                  + step.name()
                  + "\" is after \""
                  + name
                  + "\" (expected: one of "
                  + new TreeSet<>(phases.keySet())
                  + " or a server)");
        }
        if (phase != null && phase.compareTo(step.phase()) > 0) {
          throw new IllegalArgumentException(
              "\""
                  + step.name()
                  + "\" is after \""
                  + name
                  + "\", which is closed in "
                  + phase
                  + " (expected: "
                  + step.phase()
                  + " or earlier)");
        }
      }
    }
  }

  // Only `after` can close a circle: the chain of registration never leads to a step with `after`.
  private static void refuseCircles(List<Step> steps) {
    Map<String, Step> byName = new HashMap<>();
    steps.forEach(step -> byName.put(step.name(), step));
    Set<String> sound = new HashSet<>();
    for (Step step : steps) {
      follow(step, byName, sound, new ArrayDeque<>());
    }
  }

  private static void follow(
      Step step, Map<String, Step> byName, Set<String> sound, Deque<String> path) {
    if (path.contains(step.name())) {
      List<String> circle = new ArrayList<>(path);
      circle = circle.subList(circle.indexOf(step.name()), circle.size());
      throw new IllegalArgumentException(
          "closing steps wait for each other: "
              + String.join(" -> ", circle)
              + " -> "
              + step.name()
              + " (expected: no circle)");
    }
    if (sound.contains(step.name())) {
      return;
    }
    path.addLast(step.name());
    for (String name : new TreeSet<>(step.after())) {
      Step next = byName.get(name);
      if (next != null) {
        follow(next, byName, sound, path);
      }
    }
    path.removeLast();
    sound.add(step.name());
  }
}
