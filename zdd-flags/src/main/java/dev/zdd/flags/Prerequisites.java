package dev.zdd.flags;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** The order of flags in which each comes after all that it requires. */
final class Prerequisites {
  // Of a circle, in a message.
  private static final int MOST_NAMED = 10;

  /** How many flags one decision may ask, itself among them: a bound for its time and its stack. */
  static final int MOST = 100;

  private Prerequisites() {}

  private record Visit(FlagDefinition flag, Iterator<Requirement> left) {
    Visit(FlagDefinition flag) {
      this(flag, flag.requires().iterator());
    }
  }

  /**
   * All flags, each after those that it requires.
   *
   * @throws FlagMisfitException if one requires a flag that is not there, a variant that it has
   *     not, itself by way of others, or more than {@value #MOST} flags by way of others. One that
   *     is required on two ways is asked twice, and counts twice
   */
  static List<FlagDefinition> inOrder(Map<String, FlagDefinition> flags) {
    List<FlagDefinition> ordered = new ArrayList<>(flags.size());
    // Most flags require none, and have no part in what follows.
    for (FlagDefinition flag : flags.values()) {
      if (flag.requires().isEmpty()) {
        ordered.add(flag);
      }
    }
    Map<String, Boolean> done = new HashMap<>(); // false while what it requires is looked at
    Map<String, Integer> asked = new HashMap<>();
    // With a stack of its own: a chain may be as long as the document.
    for (FlagDefinition first : flags.values()) {
      if (first.requires().isEmpty() || done.containsKey(first.key())) {
        continue;
      }
      Deque<Visit> path = new ArrayDeque<>();
      path.push(new Visit(first));
      done.put(first.key(), false);
      while (!path.isEmpty()) {
        Visit visit = path.element();
        if (!visit.left.hasNext()) {
          done.put(visit.flag.key(), true);
          asked.put(visit.flag.key(), asked(visit.flag, asked));
          ordered.add(visit.flag);
          path.pop();
          continue;
        }
        FlagDefinition next = required(flags, visit.flag, visit.left.next());
        if (next.requires().isEmpty()) {
          continue;
        }
        Boolean state = done.putIfAbsent(next.key(), false);
        if (state == null) {
          path.push(new Visit(next));
        } else if (!state) {
          throw circle(path, next.key());
        }
      }
    }
    return ordered;
  }

  private static int asked(FlagDefinition flag, Map<String, Integer> known) {
    int sum = 1;
    for (Requirement requirement : flag.requires()) {
      // One that is not known requires none. Each of them is at most MOST: no overflow.
      sum += known.getOrDefault(requirement.flag(), 1);
      if (sum > MOST) {
        throw new FlagMisfitException(
            flag.key(),
            "requires: more than "
                + MOST
                + " flags, with those that they require (expected: at most "
                + MOST
                + ")");
      }
    }
    return sum;
  }

  private static FlagDefinition required(
      Map<String, FlagDefinition> flags, FlagDefinition by, Requirement requirement) {
    FlagDefinition found = flags.get(requirement.flag());
    if (found == null) {
      throw new FlagMisfitException(
          by.key(),
          "requires: " + Quoted.of(requirement.flag()) + " (expected: a flag of this snapshot)");
    }
    List<String> names = found.variants().stream().map(Variant::name).toList();
    for (String variant : requirement.variants()) {
      if (!names.contains(variant)) {
        throw new FlagMisfitException(
            by.key(),
            "requires: "
                + Quoted.of(requirement.flag())
                + ": variants: "
                + Quoted.of(variant)
                + " (expected: one of that flag's)");
      }
    }
    return found;
  }

  private static FlagMisfitException circle(Deque<Visit> path, String key) {
    List<String> keys = new ArrayList<>();
    keys.add(Quoted.of(key));
    for (Visit visit : path) { // from the last back to the first
      keys.add(Quoted.of(visit.flag.key()));
      if (visit.flag.key().equals(key)) {
        break;
      }
    }
    Collections.reverse(keys);
    if (keys.size() > MOST_NAMED) {
      keys.subList(MOST_NAMED / 2, keys.size() - MOST_NAMED / 2).clear();
      keys.add(MOST_NAMED / 2, "…");
    }
    return new FlagMisfitException(
        key, "requires: a circle, " + String.join(" requires ", keys) + " (expected: none)");
  }
}
