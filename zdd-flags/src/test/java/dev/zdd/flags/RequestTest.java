package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.RequestContext;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What flags answer within one request. */
class RequestTest {
  private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");

  private final MemoryFlagSource source = MemoryFlagSource.of(on("a").build(), on("b").build());
  private Instant now = NOON;
  private final Flags flags = Flags.of(source, () -> now);

  @Test
  void allFlagsAreOfTheSnapshotThatTheFirstWasAskedOf() {
    RequestContext before = RequestContext.of("alice");
    assertThat(flags.flag("a").isEnabled(before)).isTrue();
    source.set(off("a").build(), off("b").build(), on("c").build());

    assertThat(flags.flag("a").isEnabled(before)).isTrue();
    assertThat(flags.flag("b").isEnabled(before)).as("never asked before").isTrue();
    assertThat(flags.flag("c").explain(before).reason()).isEqualTo(Reason.ERROR);
    assertThat(flags.flag("b").explain(before).version()).isEqualTo("1");
    assertThat(flags.flag("a").isEnabled("alice")).as("outside of it").isFalse();
    RequestContext after = RequestContext.of("alice");
    assertThat(flags.flag("a").isEnabled(after)).isFalse();
    assertThat(flags.flag("c").isEnabled(after)).isTrue();
  }

  @Test
  void allThreadsOfARequestSeeOneSnapshotWhileTheyAreReplaced() throws Exception {
    int threads = 3;
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      for (int round = 0; round < 300; round++) {
        RequestContext context = RequestContext.of("alice");
        CountDownLatch begin = new CountDownLatch(1);
        List<Future<Set<String>>> seen =
            IntStream.range(0, threads)
                .mapToObj(n ->
                    workers.submit(() -> {
                      begin.await();
                      return Set.of(
                          String.valueOf(flags.flag("a").explain(context).version()),
                          "" + flags.flag("b").explain(context).version() + " too");
                    }))
                .toList();
        begin.countDown();
        source.set(on("a").build(), on("b").build());
        Set<String> first = seen.get(0).get(20, TimeUnit.SECONDS);
        for (Future<Set<String>> other : seen) {
          assertThat(other.get(20, TimeUnit.SECONDS)).isEqualTo(first);
        }
        String version = flags.flag("a").explain(context).version();
        assertThat(first).containsExactlyInAnyOrder(version, version + " too");
      }
    } finally {
      workers.shutdownNow();
    }
  }

  @Test
  void noFlagsTimeComesOrGoesWithinIt() {
    source.set(
        on("a").from(NOON.plusSeconds(1)).build(), on("b").until(NOON.plusSeconds(1)).build());
    RequestContext request = RequestContext.of("alice");
    assertThat(flags.flag("a").isEnabled(request)).isFalse();
    now = NOON.plusSeconds(1);

    assertThat(flags.flag("a").isEnabled(request)).isFalse();
    assertThat(flags.flag("b").isEnabled(request)).as("asked now for the first time").isTrue();
    assertThat(flags.flag("a").isEnabled("alice")).isTrue();
    assertThat(flags.flag("b").isEnabled(RequestContext.of("alice"))).isFalse();
  }

  @Test
  void twoFlagsOfOneKeyKeepTheirOwnSnapshots() {
    Flags others = Flags.of(MemoryFlagSource.of(off("a").build()));
    RequestContext request = RequestContext.of("alice");
    assertThat(flags.flag("a").isEnabled(request)).isTrue();
    assertThat(others.flag("a").isEnabled(request)).isFalse();
  }

  @Test
  void noContextIsNobody() {
    RequestContext none = null;
    Flag flag = flags.flag("a");
    assertThat(flag.isEnabled(none)).isFalse();
    assertThat(flag.isEnabled(none, true)).isFalse();
    assertThat(flag.variant(none)).isNull();
    assertThat(flag.text(none, "?")).isEqualTo("?");
    assertThat(flag.number(none, 7)).isEqualTo(7);
    assertThat(flag.json(none, "{}")).isEqualTo("{}");
    assertThat(flag.explain(none).reason()).isEqualTo(Reason.NO_UNIT);
    source.set();
    assertThat(flag.isEnabled(none, true)).as("of the present snapshot").isTrue();
  }

  @Test
  void theAttributeIdIsTheOneWhomTheRequestIsForWhateverAFlagsUnit() {
    Rule alice = Rule.when(Condition.attribute("id", Operator.EQUALS, "alice"));
    source.set(on("a").unit("tenant").rules(alice).percentage("0").build());
    Flag flag = flags.flag("a");
    assertThat(flag.isEnabled(acme("alice").build())).isTrue();
    assertThat(flag.isEnabled(acme("bob").build())).isFalse();
    assertThat(flag.isEnabled(RequestContext.builder("bob").attribute("tenant", "alice").build()))
        .isFalse();
    assertThat(flag.isEnabled(acme("bob").attribute("id", "alice").build())).isTrue();
    for (String nobody : new String[] {null, ""}) {
      assertThat(flag.isEnabled(acme(nobody).build())).isFalse();
      source.set(
          on("a")
              .unit("tenant")
              .rules(Rule.when(Condition.attribute("id", Operator.EXISTS)))
              .percentage("0")
              .build());
      assertThat(flag.isEnabled(acme(nobody).build())).isFalse();
      assertThat(flag.isEnabled(acme("x").build())).isTrue();
    }
  }

  // Otherwise an expression's text would switch on what requires that the other flag is off.
  @Test
  void whatRequiresAFlagThatCannotTellCannotTellEither() {
    Rule unlucky = Rule.when(Condition.attribute("id", Operator.MATCHES, "(.*a){12}b"));
    for (boolean enabled : new boolean[] {true, false}) {
      source.set(
          on("a").requires(new Requirement("b", enabled, Set.of())).build(),
          on("b").requires(Requirement.on("c")).build(),
          on("c").rules(unlucky).percentage(enabled ? "100" : "0").build());
      Flag flag = flags.flag("a");
      String id = "a".repeat(100);
      assertThat(flag.isEnabled(id)).isFalse();
      assertThat(flag.isEnabled(id, true)).isTrue();
      assertThat(flag.isEnabled(RequestContext.of(id), true)).isTrue();
      assertThat(flag.explain(id).reason()).isEqualTo(Reason.ERROR);
      assertThat(flag.isEnabled("bob")).as("for whom it can tell").isTrue();
    }
  }

  private static RequestContext.Builder acme(String id) {
    return RequestContext.builder(id).attribute("tenant", "acme");
  }

  private static FlagDefinition.Builder on(String key) {
    return off(key).enabled(true);
  }

  private static FlagDefinition.Builder off(String key) {
    return FlagDefinition.builder(key);
  }
}
