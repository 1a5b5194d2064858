package dev.zdd.flags;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** Snapshots that a document can have, of everything that one can have. */
final class RandomSnapshot {
  private static final List<String> PIECES =
      List.of(
          "a",
          "Z",
          "7",
          " ",
          "\"",
          "\\",
          "/",
          "ü",
          "张",
          "\n",
          "\u0000",
          "\u007f",
          "\u0085",
          "\u2028",
          "\ud83d\ude00",
          "\ud800",
          "\udc00",
          "</",
          "{",
          "'");
  // A field's name, which Jackson reads in pairs of surrogates only.
  private static final List<String> PLAIN =
      List.of("a", "b", "ü", "\"", "\ud83d\ude00", "x y", "/", "0");

  private final Random random;
  // Whether the present flag has another system's bucketing, which cannot express all that zdd1
  // can.
  private boolean foreign;

  private RandomSnapshot(Random random) {
    this.random = random;
  }

  static FlagSnapshot of(long seed) {
    return new RandomSnapshot(new Random(seed)).snapshot();
  }

  private FlagSnapshot snapshot() {
    List<Segment> segments = new ArrayList<>();
    for (String name : names("s", 3)) {
      List<Condition> when = list(2, () -> attribute());
      segments.add(new Segment(name, texts(1, 3), texts(1, 3), when));
    }
    List<FlagDefinition> flags = new ArrayList<>();
    for (String key : names("f", 5)) {
      flags.add(flag(key, flags, segments));
    }
    return new FlagSnapshot("any", flags, segments, names("r", 3));
  }

  private FlagDefinition flag(String key, List<FlagDefinition> others, List<Segment> segments) {
    foreign = random.nextInt(4) == 0;
    List<Variant> variants = variants();
    List<Rule> rules = list(3, () -> rule(variants, segments));
    Set<String> allow = texts(1, 3);
    Set<String> deny = texts(1, 3);
    deny.removeAll(allow);
    boolean percentage = yes() || (!allow.isEmpty() && rules.isEmpty());
    Instant from = Instant.ofEpochMilli(random.nextLong() >> 20);
    return new FlagDefinition(
        key,
        one(List.of(FlagType.values())),
        yes(),
        yes() ? from : null,
        yes() ? from.plusNanos(1 + random.nextInt(1 << 30)) : null,
        deny,
        allow,
        others.isEmpty() ? List.of() : list(2, () -> requirement(one(others))),
        rules,
        percentage ? percentage() : null,
        variants,
        yes() ? text(1) : null,
        yes() ? key : text(1),
        foreign ? "launchdarkly" : "zdd1",
        yes() ? text(1) : null,
        yes() ? LocalDate.ofEpochDay(random.nextInt(100_000)) : null,
        yes() ? LocalDate.ofEpochDay(random.nextInt(100_000)) : null);
  }

  private Requirement requirement(FlagDefinition of) {
    boolean enabled = yes();
    Set<String> variants = new HashSet<>();
    if (enabled) {
      of.variants().stream().map(Variant::name).filter(name -> yes()).forEach(variants::add);
    }
    return new Requirement(of.key(), enabled, variants);
  }

  private Rule rule(List<Variant> variants, List<Segment> segments) {
    Percentage percentage = yes() ? percentage() : null;
    return new Rule(
        yes() ? text(1) : null,
        list(3, () -> condition(segments)),
        percentage,
        percentage != null && yes() ? text(1) : null,
        weights(variants),
        percentage != null && yes());
  }

  private Map<String, Integer> weights(List<Variant> variants) {
    Map<String, Integer> weights = new LinkedHashMap<>();
    for (Variant variant : variants) {
      if (yes()) {
        weights.put(variant.name(), 1 + random.nextInt(2));
      }
    }
    return weights;
  }

  private Condition condition(List<Segment> segments) {
    return segments.isEmpty() || yes()
        ? attribute()
        : new Condition.InSegment(one(segments).name(), yes());
  }

  private Condition attribute() {
    Operator operator = one(List.of(Operator.values()));
    List<String> values =
        switch (operator) {
          case EXISTS -> List.of();
          case EQUALS -> List.of(text(0));
          case IN, STARTS_WITH, ENDS_WITH, CONTAINS -> List.of(text(0), text(0));
          case MATCHES -> List.of("^a.*\"[\\\\x]$", "");
          case NUMBER_EQUALS, NUMBER_BELOW, NUMBER_AT_MOST, NUMBER_ABOVE, NUMBER_AT_LEAST ->
              List.of("-1.50", "1E+3");
          case VERSION_EQUALS, VERSION_BELOW, VERSION_AT_MOST, VERSION_ABOVE, VERSION_AT_LEAST ->
              List.of("1.2.3-rc.1");
          case BEFORE, AFTER -> List.of("2027-01-31", "2027-01-31T08:00:00+01:00");
          case CIDR -> List.of("10.0.0.0/8", "fd00::/8");
        };
    return new Condition.OfAttribute(
        text(1), operator, values, operator.comparesTexts() && yes(), yes());
  }

  private List<Variant> variants() {
    int kind = random.nextInt(3);
    List<Variant> variants = new ArrayList<>();
    for (String name : foreign ? Set.<String>of() : names("v", 3)) {
      int weight = variants.isEmpty() ? 1 + random.nextInt(9) : random.nextInt(9);
      FlagValue value =
          switch (kind) {
            case 0 -> new FlagValue.Text(yes() ? name : text(0));
            case 1 ->
                new FlagValue.Numeric(
                    new BigDecimal(new BigInteger(80, random), random.nextInt(60) - 30));
            default ->
                new FlagValue.Json(
                    "{\"ü\\n\":[1,true,null," + new FlagValue.Text(text(0)).asJson() + "]}");
          };
      variants.add(new Variant(name, weight, value));
    }
    return variants;
  }

  private Percentage percentage() {
    int ppm =
        one(List.of(0, 1, 10, 12_500, 500_000, 999_999, 1_000_000, random.nextInt(1_000_000)));
    return new Percentage(foreign ? ppm / 10 * 10 : ppm);
  }

  // Different from one another, and what a key, a segment or a variant may be called.
  private Set<String> names(String prefix, int most) {
    Set<String> names = new LinkedHashSet<>();
    for (int n = random.nextInt(most + 1); n > 0; n--) {
      names.add(prefix + n + one(PLAIN));
    }
    return names;
  }

  private Set<String> texts(int atLeast, int most) {
    return new HashSet<>(list(most, () -> text(atLeast)));
  }

  private String text(int atLeast) {
    StringBuilder text = new StringBuilder();
    for (int n = atLeast + random.nextInt(4); n > 0; n--) {
      text.append(one(PIECES));
    }
    return text.toString();
  }

  private <T> List<T> list(int most, Supplier<? extends T> element) {
    List<T> list = new ArrayList<>();
    for (int n = random.nextInt(most + 1); n > 0; n--) {
      list.add(element.get());
    }
    return list;
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private boolean yes() {
    return random.nextBoolean();
  }
}
