package dev.zdd.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RequestContextTest {
  @Test
  void keepsWhatItWasGivenAsItWasGiven() {
    Instant moment = Instant.parse("2027-01-31T08:00:00Z");
    List<String> groups = new ArrayList<>(List.of("staff"));
    RequestContext context =
        RequestContext.builder("alice")
            .attribute("country", "AT")
            .attribute("age", 42)
            .attribute("score", 0.5)
            .attribute("beta", true)
            .attribute("since", moment)
            .attribute("groups", groups)
            .build();
    groups.add("later");

    assertThat(context.id()).isEqualTo("alice");
    assertThat(context.attributes())
        .containsExactly(
            java.util.Map.entry("country", "AT"),
            java.util.Map.entry("age", 42L),
            java.util.Map.entry("score", 0.5),
            java.util.Map.entry("beta", true),
            java.util.Map.entry("since", moment),
            java.util.Map.entry("groups", List.of("staff")));
    assertThat(context.attribute("age")).isEqualTo(42L);
    assertThat(context.attribute("none")).isNull();
    assertThatThrownBy(() -> context.attributes().put("a", "b"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void takesBackWhatIsNothing() {
    RequestContext context =
        RequestContext.builder(null)
            .attribute("a", "x")
            .attribute("a", (String) null)
            .attribute("b", 1.0)
            .attribute("b", Double.NaN)
            .attribute("c", Double.POSITIVE_INFINITY)
            .attribute("d", (Instant) null)
            .build();
    assertThat(context.attributes()).isEmpty();
    assertThat(context.id()).isNull();
  }

  @Test
  void aBuilderThatGoesOnDoesNotChangeWhatItHasBuilt() {
    RequestContext.Builder builder = RequestContext.builder("alice").attribute("a", "1");
    RequestContext context = builder.build();
    builder.attribute("a", "2");
    assertThat(context.attribute("a")).isEqualTo("1");
  }

  @Test
  void saysNeitherIdNorValues() {
    assertThat(RequestContext.builder("alice").attribute("mail", "a@b").build())
        .hasToString("request context with [mail]");
  }

  /** Two threads of one request that ask at the same moment. */
  @Test
  void eachOwnerSeesOneThingInTheWholeRequest() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 500; round++) {
        RequestContext context = RequestContext.of("alice");
        Object owner = new Object();
        AtomicInteger asked = new AtomicInteger();
        CountDownLatch together = new CountDownLatch(4);
        List<Future<Integer>> seen = new ArrayList<>();
        for (int n = 0; n < 4; n++) {
          seen.add(
              threads.submit(() -> {
                together.countDown();
                together.await();
                return context.pinned(owner, asked::incrementAndGet);
              }));
        }
        Set<Integer> values = new HashSet<>();
        for (Future<Integer> each : seen) {
          values.add(each.get());
        }
        assertThat(values).containsExactly(1);
        assertThat(asked).hasValue(1);
        assertThat(context.<Integer>pinned(new Object(), () -> 7)).isEqualTo(7);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
