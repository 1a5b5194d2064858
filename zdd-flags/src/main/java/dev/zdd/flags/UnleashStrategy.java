package dev.zdd.flags;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One of the strategies of an Unleash feature, which is on for whom one of them takes. Immutable
 * once read.
 *
 * @param audience whom its constraints and segments, and it itself, ask for
 * @param percent for how many of them it is on
 * @param stickiness the context field by which a percentage places them; "default" for the user's
 *     id or what else there is
 * @param groupId what the bucketing mixes in
 * @param ids null, unless it is for the ids of a list and asks nothing else
 * @param variants its own; empty for the feature's
 */
record UnleashStrategy(
    UnleashAudience audience,
    int percent,
    String stickiness,
    String groupId,
    @Nullable List<String> ids,
    List<JsonTree> variants,
    String place) {
  static final String DEFAULT = "default";
  static final String USER_ID = "userId";
  static final String RANDOM = "random";

  private static final int ALL = 100;
  private static final Set<String> FIELDS =
      Set.of(
          "name",
          "parameters",
          "constraints",
          "segments",
          "variants",
          "id",
          "title",
          "sortOrder",
          "featureName");

  /** Whether its percentage is of ids, and so needs one. */
  boolean isSplit() {
    return percent > 0 && percent < ALL;
  }

  /** Reads a strategy of the feature of that name. */
  static UnleashStrategy of(
      JsonTree tree, String feature, Map<String, UnleashSegment> segments, String place) {
    JsonTree.Members strategy = JsonTree.membersOf(tree, place);
    strategy.requireOnly(FIELDS, place);
    UnleashAudience audience = new UnleashAudience();
    List<JsonTree> constraints = strategy.elements("constraints", place);
    for (int n = 0; n < constraints.size(); n++) {
      audience.constraint(constraints.get(n), place + ".constraints[" + n + "]");
    }
    List<JsonTree> asked = strategy.elements("segments", place);
    for (JsonTree id : asked) {
      String at = place + ".segments";
      UnleashSegment segment = segments.get(JsonTree.textOf(id, at));
      if (segment == null) {
        throw new NotCarriedOverException(at, "segment " + id.asJson() + " is not in the document");
      }
      segment.addTo(audience);
    }
    return new Parameters(strategy, feature, place)
        .strategy(audience, constraints.isEmpty() && asked.isEmpty());
  }

  /** What the strategy's name makes of its parameters. */
  private static final class Parameters {
    private final JsonTree.Members strategy;
    private final JsonTree.Members parameters;
    private final String feature;
    private final String place;

    Parameters(JsonTree.Members strategy, String feature, String place) {
      this.strategy = strategy;
      JsonTree given = strategy.get("parameters");
      this.parameters =
          given == null
              ? new JsonTree.Members(Map.of())
              : JsonTree.membersOf(given, place + ".parameters");
      this.feature = feature;
      this.place = place;
    }

    UnleashStrategy strategy(UnleashAudience audience, boolean asksNothingElse) {
      String name = strategy.text("name", place);
      switch (name == null ? "" : name) {
        case "default" -> {
          return of(audience, ALL, stickiness(), null);
        }
        case "userWithId" -> {
          List<String> ids = list("userIds");
          audience.id(ids);
          return of(audience, ALL, stickiness(), asksNothingElse ? ids : null);
        }
        case "remoteAddress" -> {
          audience.networks("remoteAddress", list("IPs"), false, place);
          return of(audience, ALL, stickiness(), null);
        }
        case "flexibleRollout" -> {
          return rollout(audience, percent("rollout"), stickiness());
        }
        case "gradualRolloutUserId" -> {
          return rollout(audience, percentOfGroup(), USER_ID);
        }
        case "gradualRolloutSessionId" -> {
          return rollout(audience, percentOfGroup(), "sessionId");
        }
        case "gradualRolloutRandom" -> {
          return rollout(audience, percent("percentage"), RANDOM);
        }
        default ->
            throw new NotCarriedOverException(
                place, "strategy " + Quoted.of(String.valueOf(name)) + " has no counterpart here");
      }
    }

    private UnleashStrategy rollout(UnleashAudience audience, int percent, String stickiness) {
      boolean split = percent > 0 && percent < ALL;
      if (split && stickiness.equals(RANDOM)) {
        throw new NotCarriedOverException(
            place, percent + " % at random: who asks twice may get two answers");
      }
      if (percent == 0) {
        audience.nobody();
      }
      if (percent == ALL && !isForAll(stickiness)) {
        audience.exists(stickiness); // 100 % of those who have the field
      }
      return of(audience, percent, stickiness, null);
    }

    private UnleashStrategy of(
        UnleashAudience audience, int percent, String stickiness, @Nullable List<String> ids) {
      String groupId = parameter("groupId");
      return new UnleashStrategy(
          audience,
          percent,
          stickiness,
          groupId == null ? feature : groupId,
          ids,
          strategy.elements("variants", place),
          place);
    }

    // Without a group these are off in Unleash.
    private int percentOfGroup() {
      return parameter("groupId") == null ? 0 : percent("percentage");
    }

    private int percent(String name) {
      String text = parameter(name);
      if (text == null) {
        return 0;
      }
      if (!text.matches("\\d{1,2}|100")) {
        throw new NotCarriedOverException(
            place + ".parameters." + name, Quoted.of(text) + " (expected: 0 to 100, whole)");
      }
      return Integer.parseInt(text);
    }

    private String stickiness() {
      String stickiness = parameter("stickiness");
      return stickiness == null ? DEFAULT : stickiness;
    }

    private List<String> list(String name) {
      String text = parameter(name);
      return text == null
          ? List.of()
          : Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    }

    private @Nullable String parameter(String name) {
      return parameters.text(name, place + ".parameters");
    }
  }

  /** Whether everybody who has an id has what a rollout sticks to. */
  static boolean isForAll(String stickiness) {
    return stickiness.equals(DEFAULT) || stickiness.equals(USER_ID) || stickiness.equals(RANDOM);
  }
}
