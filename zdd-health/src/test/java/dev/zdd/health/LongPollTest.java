package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.zdd.core.Probers;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class LongPollTest extends HealthFixture {
  private record Poll(String method, String target, Map<String, String> headers)
      implements EndpointRequest {
    @Override
    public String path() {
      return target.split("\\?", 2)[0];
    }

    @Override
    public @Nullable String query() {
      return target.contains("?") ? target.split("\\?", 2)[1] : null;
    }

    @Override
    public @Nullable String header(String name) {
      return headers.get(name);
    }

    @Override
    public String remoteAddress() {
      return "10.0.0.9";
    }
  }

  private static Poll poll(String target, String known, String prefer) {
    return new Poll("GET", target, Map.of("If-None-Match", known, "Prefer", prefer));
  }

  private @Nullable CompletableFuture<EndpointResponse> later(EndpointRequest request) {
    return health.endpoint().later(request);
  }

  private CompletableFuture<EndpointResponse> waiting(String target, String known) {
    CompletableFuture<EndpointResponse> poll = later(poll(target, known, "wait=30"));
    assertThat(poll).isNotNull().isNotDone();
    return poll;
  }

  private static String told(CompletableFuture<EndpointResponse> poll) throws Exception {
    return text(poll.get(10, SECONDS));
  }

  private static Map<String, String> headers(EndpointResponse response) {
    return response.headers().stream()
        .collect(Collectors.toMap(EndpointResponse.Header::name, EndpointResponse.Header::value));
  }

  private Probers.Prober prober() {
    assertThat(lifecycle.probers().seen()).hasSize(1);
    return lifecycle.probers().seen().get(0);
  }

  @Test
  void isToldOfTheDrainAtOnce() throws Exception {
    lifecycle.ready();
    start(builder);
    CompletableFuture<EndpointResponse> ready = waiting("/ready", "\"ready\"");
    assertThat(prober().quietFor()).isZero();
    assertThat(prober().waits()).isTrue();

    lifecycle.drain("SIGTERM");

    assertThat(told(ready)).isEqualTo("503 {\"status\":\"not ready\"}");
    assertThat(headers(ready.get()))
        .contains(
            entry("ETag", "\"not-ready\""),
            entry("Retry-After", "1"),
            entry("Preference-Applied", "wait=30"));
    assertThat(prober().refusedInARow()).isEqualTo(1);
    assertThat(prober().asked()).isEqualTo(1);
    await().until(() -> health.longPolls().count() == 0);
  }

  @Test
  void isToldWhenACheckGoesDownAndWhenItIsUpAgain() throws Exception {
    lifecycle.ready();
    start(builder.group("payments", "bank"), true);
    CompletableFuture<EndpointResponse> ready = waiting("/ready", "\"ready\"");
    CompletableFuture<EndpointResponse> group = waiting("/ready/payments", "\"ready\"");
    CompletableFuture<EndpointResponse> without = waiting("/ready?exclude=bank", "\"ready\"");

    bankUp.set(false);

    assertThat(told(ready)).startsWith("503 ");
    assertThat(told(group)).startsWith("503 ");
    CompletableFuture<EndpointResponse> again = waiting("/ready/payments", "\"not-ready\"");
    bankUp.set(true);
    assertThat(told(again)).isEqualTo("200 {\"status\":\"ready\"}");
    assertThat(headers(again.get())).containsEntry("ETag", "\"ready\"");
    assertThat(without).isNotDone();
  }

  private final AtomicBoolean bankUp = new AtomicBoolean(true);

  private void start(Health.Builder configured, boolean up) {
    start(
        configured.readiness(
            "bank",
            () -> HealthResult.upIf(bankUp.get(), "closed"),
            c ->
                QUICK
                    .apply(c)
                    .every(Duration.ofMillis(200)) // as long as a busy machine may let it wait
                    .timeout(Duration.ofMillis(200))
                    .failuresToDown(1)
                    .successesToUp(1)));
    await().until(() -> status(Probe.READINESS).isOk() == up);
  }

  @Test
  void isToldThatItHasStarted() throws Exception {
    CompletableFuture<EndpointResponse> startup = waiting("/startup", "\"starting\"");
    CompletableFuture<EndpointResponse> ready = waiting("/ready", "\"x\", W/\"not-ready\"");
    lifecycle.ready();
    assertThat(told(startup)).isEqualTo("200 {\"status\":\"started\"}");
    assertThat(told(ready)).isEqualTo("200 {\"status\":\"ready\"}");
  }

  @Test
  void whenTheTimeIsOverNothingHasChanged() throws Exception {
    CompletableFuture<EndpointResponse> alive = later(poll("/healthz", "\"alive\"", "wait=1"));
    CompletableFuture<EndpointResponse> notReady = later(poll("/ready", "*", "wait=1"));
    long start = System.nanoTime();
    assertThat(told(alive)).isEqualTo("304 ");
    assertThat(System.nanoTime() - start).isGreaterThan(700_000_000L);
    assertThat(headers(alive.get()))
        .isEqualTo(
            Map.of(
                "ETag", "\"alive\"",
                "Cache-Control", "no-store",
                "Preference-Applied", "wait=1"));
    assertThat(told(notReady)).isEqualTo("304 ");
    assertThat(prober().refusedInARow()).isEqualTo(1);
    await().until(() -> health.longPolls().count() == 0);
  }

  @Test
  void nobodyWaitsThroughADrain() throws Exception {
    CompletableFuture<EndpointResponse> alive = waiting("/healthz", "\"alive\"");
    CompletableFuture<EndpointResponse> notReady = waiting("/ready", "\"not-ready\"");
    lifecycle.drain("SIGTERM");
    assertThat(told(alive)).isEqualTo("304 ");
    assertThat(told(notReady)).startsWith("503 ");
    assertThat(later(poll("/ready", "\"not-ready\"", "wait=30"))).isNull();
    assertThat(later(poll("/healthz", "\"alive\"", "wait=30"))).isNull();
  }

  @Test
  void closingTheHealthEndsAllWaiting() throws Exception {
    CompletableFuture<EndpointResponse> alive = waiting("/healthz", "\"alive\"");
    health.close();
    assertThat(told(alive)).isEqualTo("304 ");
    assertThat(later(poll("/healthz", "\"alive\"", "wait=30"))).isNull();
  }

  @Test
  void whatChangesBetweenTheLookAndTheRegistrationIsTold() throws Exception {
    lifecycle.ready();
    AtomicBoolean drained = new AtomicBoolean();
    // Who waits is asked for its address after the look, and before anybody watches.
    EndpointRequest request =
        new DrainsInBetween(
            poll("/ready", "\"ready\"", "wait=30"),
            () -> drained.set(lifecycle.drain("in between")));
    CompletableFuture<EndpointResponse> poll = later(request);
    assertThat(drained).isTrue();
    assertThat(poll).isNotNull();
    assertThat(told(poll)).startsWith("503 ");
  }

  private record DrainsInBetween(Poll poll, Runnable drain) implements EndpointRequest {
    @Override
    public String method() {
      return poll.method();
    }

    @Override
    public String path() {
      return poll.path();
    }

    @Override
    public @Nullable String query() {
      return null;
    }

    @Override
    public @Nullable String header(String name) {
      return poll.header(name);
    }

    @Override
    public String remoteAddress() {
      drain.run();
      return poll.remoteAddress();
    }
  }

  @Test
  void whoGoesAwayIsForgotten() {
    CompletableFuture<EndpointResponse> poll = waiting("/ready", "\"not-ready\"");
    assertThat(health.longPolls().count()).isEqualTo(1);
    assertThat(prober().quietFor()).isZero();
    poll.cancel(false);
    assertThat(health.longPolls().count()).isZero();
    assertThat(prober().refusedInARow()).isZero();
    await().until(() -> health.watchers().count() == 0);
    await().until(() -> !prober().quietFor().isZero());
  }

  @Test
  void ofMoreThanAThousandEachIsAnsweredAtOnce() {
    List<CompletableFuture<EndpointResponse>> polls = new ArrayList<>();
    for (int i = 0; i < LongPolls.MOST; i++) {
      polls.add(waiting("/healthz", "\"alive\""));
    }
    assertThat(later(poll("/healthz", "\"alive\"", "wait=30"))).isNull();
    polls.get(0).cancel(false);
    assertThat(later(poll("/healthz", "\"alive\"", "wait=30"))).isNotNull();
  }

  // By up to a fifth. Of twenty the first comes some 0.19 s before the full second; a machine that
  // stalls for that long is asked again.
  @Test
  void whoBeginTogetherAreAnsweredBeforeTheirTimeIsOver() {
    boolean early = false;
    for (int attempt = 0; attempt < 5 && !early; attempt++) {
      long end = System.nanoTime() + SECONDS.toNanos(1);
      CompletableFuture<?>[] polls = new CompletableFuture<?>[20];
      for (int i = 0; i < polls.length; i++) {
        polls[i] = later(poll("/healthz", "\"alive\"", "wait=1"));
      }
      early =
          CompletableFuture.anyOf(polls)
              .thenApply(answer -> System.nanoTime() - end < 0)
              .orTimeout(10, SECONDS)
              .join();
    }
    assertThat(early).isTrue();
  }

  @Test
  void whoMayNotWaitIsForgotten() {
    LongPolls none = new LongPolls(health.watchers(), 0, Thread::new);
    LongPolls closed = new LongPolls(health.watchers(), 5, Thread::new);
    closed.close();
    for (LongPolls polls : List.of(none, closed)) {
      Probers.Waiting prober = lifecycle.probers().waits("10.0.0.9", null, "/healthz");
      assertThat(prober().quietFor()).isZero();
      assertThat(polls.begin(alive(), true, 30, ANSWERS, prober)).isNull();
      await().until(() -> !prober().quietFor().isZero());
      assertThat(polls.count()).isZero();
    }
    none.close();
  }

  @Test
  void whoIsToldAsHeBeginsIsForgotten() {
    Watchers watchers = new Watchers(Duration.ofDays(1), Thread::new);
    watchers.close();
    LongPolls polls = new LongPolls(watchers, 5, Thread::new);
    CompletableFuture<EndpointResponse> poll = polls.begin(alive(), false, 30, ANSWERS, null);
    assertThat(poll).isCompletedWithValueMatching(answer -> answer.status() == 200);
    assertThat(polls.count()).isZero();
    assertThat(watchers.count()).isZero();
    polls.close();
  }

  private static final PlainAnswers ANSWERS = new PlainAnswers("alive", "dead");

  private ProbeSight alive() {
    return new ProbeSight(health, Probe.LIVENESS, health.board(Probe.LIVENESS), Set.of());
  }

  @ParameterizedTest
  @CsvSource({
    "/healthz, '\"dead\"', wait=5", // knows something else
    "/healthz, 'alive', wait=5", // no entity tag
    "/healthz, '\"alive\"', wait=0",
    "/healthz, '\"alive\"', respond-async",
    "/healthz?verbose, '\"alive\"', wait=5",
    "/ready/bank, '\"up\"', wait=5", // one check
    "/elsewhere, '\"alive\"', wait=5"
  })
  void isAnsweredAtOnce(String target, String known, String prefer) {
    assertThat(later(poll(target, known, prefer))).isNull();
  }

  @Test
  void onlyAPlainReadMayWait() {
    Map<String, String> wait = Map.of("If-None-Match", "*", "Prefer", "wait=5");
    assertThat(later(new Poll("POST", "/healthz", wait))).isNull();
    assertThat(later(new Poll("HEAD", "/healthz", wait))).isNotNull();
    assertThat(later(new Poll("GET", "/healthz", Map.of("Prefer", "wait=5")))).isNull();
    assertThat(
            later(
                new Poll(
                    "GET",
                    "/healthz",
                    Map.of("If-None-Match", "*", "Prefer", "wait=5", "Accept", "text/plain"))))
        .isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"wait=x", "wait=", "wait", "wait=-1", "wait=1.5", "a, WAIT = \"\""})
  void refusesAWaitThatIsNoNumber(String prefer) throws Exception {
    CompletableFuture<EndpointResponse> refusal = later(poll("/ready", "\"ready\"", prefer));
    assertThat(refusal).isNotNull();
    assertThat(told(refusal)).startsWith("400 ");
    assertThat(lifecycle.probers().seen()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "wait=5, 5",
    "'return=minimal; wait=1, Wait = \"7\" ; x, wait=8', 7",
    "wait=61, 60",
    "wait=000000005, 5",
    "wait=99999999999999999999, 60",
    "waits=3, -1",
    "'', -1"
  })
  void readsThePreference(String prefer, int seconds) {
    assertThat(WaitPreference.seconds(prefer)).isEqualTo(seconds);
  }

  @Test
  void withoutWaitingOnlyAYesCanBeUnchanged() {
    Poll ready = new Poll("GET", "/ready", Map.of("If-None-Match", "*"));
    EndpointResponse no = health.endpoint().handle(ready);
    assertThat(text(no)).isEqualTo("503 {\"status\":\"not ready\"}");
    assertThat(headers(no)).containsEntry("ETag", "\"not-ready\"");
    lifecycle.ready();
    assertThat(text(health.endpoint().handle(ready))).isEqualTo("304 ");
    assertThat(prober().refusedInARow()).isZero();
    Poll other = new Poll("GET", "/ready", Map.of("If-None-Match", "\"not-ready\""));
    assertThat(headers(health.endpoint().handle(other))).containsEntry("ETag", "\"ready\"");
  }
}
