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

  private Prerequisites() {}

  private record Visit(FlagDefinition flag, Iterator<Requirement> left) {
    Visit(FlagDefinition flag) {
      this(flag, flag.requires().iterator());
    }
  }

  /**
   * All flags, each after those that it requires.
   *
   * @throws IllegalArgumentException if one requires a flag that is not there, a variant that it
   *     has not, or itself by way of others
   */
  static List<FlagDefinition> inOrder(Map<String, FlagDefinition> flags) {
    List<FlagDefinition> ordered = new ArrayList<>(flags.size());
    Map<String, Boolean> done = new HashMap<>(); // false while what it requires is looked at
    // With a stack of its own: a chain may be as long as the document.
    for (FlagDefinition first : flags.values()) {
      if (done.containsKey(first.key())) {
        continue;
      }
      Deque<Visit> path = new ArrayDeque<>();
      path.push(new Visit(first));
      done.put(first.key(), false);
      while (!path.isEmpty()) {
        Visit visit = path.element();
        if (!visit.left.hasNext()) {
          done.put(visit.flag.key(), true);
          ordered.add(visit.flag);
          path.pop();
          continue;
        }
        FlagDefinition next = required(flags, visit.flag, visit.left.next());
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
