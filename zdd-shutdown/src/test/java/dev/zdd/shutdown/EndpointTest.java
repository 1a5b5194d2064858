package dev.zdd.shutdown;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code /drain}, which only tells, and {@code /prestop}, which must not obey just anybody. */
@Timeout(60)
class EndpointTest {
  private static final String TOKEN = "0123456789abcdef";

  private final Lifecycle lifecycle = new Lifecycle();
  private final RecordingServer server = new RecordingServer();
  private final GracefulShutdown shutdown =
      GracefulShutdown.builder(lifecycle)
          .server(server)
          .announceTimeout(Duration.ofSeconds(24))
          .announceUnprobed(Duration.ofSeconds(24))
          .build();

  private static EndpointRequest request(
      String method, String path, @Nullable String from, String... headers) {
    Map<String, String> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (int i = 0; i < headers.length; i += 2) {
      byName.put(headers[i], headers[i + 1]);
    }
    return new EndpointRequest() {
      @Override
      public String method() {
        return method;
      }

      @Override
      public String path() {
        return path;
      }

      @Override
      public @Nullable String query() {
        return null;
      }

      @Override
      public @Nullable String header(String name) {
        return byName.get(name);
      }

      @Override
      public @Nullable String remoteAddress() {
        return from;
      }
    };
  }

  private static String body(EndpointResponse response) {
    return new String(response.body(), UTF_8);
  }

  private EndpointResponse drain(Endpoint endpoint) {
    return endpoint.handle(request("GET", "/drain", "10.1.1.1"));
  }

  private static void refuses(Endpoint endpoint, EndpointRequest request) {
    EndpointResponse response = endpoint.handle(request);
    assertThat(response.status()).isEqualTo(403);
    assertThat(body(response)).isEqualTo("{\"status\":\"forbidden\"}");
  }

  @Test
  void tellsBeforeTheDrainThatThereIsNone() {
    EndpointResponse response = drain(DrainEndpoint.of(shutdown).withDetails());
    assertThat(response.status()).isEqualTo(200);
    assertThat(body(response))
        .isEqualTo(
            "{\"state\":\"starting\",\"elapsedMs\":0,\"leftMs\":25000,\"phasesMs\":{},"
                + "\"waitingFor\":\"\",\"inFlight\":0,\"openConnections\":0,\"served\":0,"
                + "\"refused\":0,\"cut\":0,\"idleClosed\":0}");
  }

  @Test
  void tellsOfTheLiveDrainAndOfPathsOnlyIfToldTo() throws Exception {
    lifecycle.ready();
    lifecycle.probers().answered("10.0.0.5", "HAProxy", "/ready", true);
    long ticket = lifecycle.inFlight().begin("GET", "/orders/4711");
    server.open = 7;
    CompletableFuture<DrainReport> done = shutdown.shutdown("SIGTERM");
    await().until(() -> !shutdown.progress().waitingFor().isEmpty());
    await().until(() -> shutdown.progress().openConnections() == 7);

    String plain = body(drain(DrainEndpoint.of(shutdown)));
    assertThat(plain)
        .startsWith("{\"state\":\"draining\",\"phase\":\"announce\",\"elapsedMs\":")
        .contains("\"phasesMs\":{\"announce\":")
        .containsPattern("\"inFlight\":1,\"oldest\":\\{\"ageMs\":\\d+},\"openConnections\":7")
        .contains("\"served\":0")
        .doesNotContain("orders", "10.0.0.5", "SIGTERM");
    assertThat(body(drain(DrainEndpoint.of(shutdown).withDetails())))
        .contains("\"reason\":\"SIGTERM\"")
        .contains("\"waitingFor\":\"10.0.0.5 HAProxy has been refused 0 of 3 times\"")
        .contains("\"oldest\":{\"method\":\"GET\",\"path\":\"/orders/4711\",\"ageMs\":");

    shutdown.hurry();
    await().until(() -> server.events.contains("unbind"));
    lifecycle.inFlight().end(ticket);
    server.open = 0;
    DrainReport report = done.get(20, TimeUnit.SECONDS);
    assertThat(body(drain(DrainEndpoint.of(shutdown))))
        .startsWith("{\"state\":\"stopped\",\"elapsedMs\":" + report.duration().toMillis())
        .contains("\"settle\":")
        .contains("\"served\":1");
    assertThat(shutdown.progress().phases()).isEqualTo(report.phases());
    assertThat(shutdown.progress().phase()).isNull();
    assertThat(shutdown.progress().waitingFor()).isEmpty();
  }

  @Test
  void drainIsForReadingOnly() {
    Endpoint endpoint = DrainEndpoint.of(shutdown);
    assertThat(endpoint.handle(request("HEAD", "/drain", null)).status()).isEqualTo(200);
    EndpointResponse post = endpoint.handle(request("POST", "/drain", "127.0.0.1"));
    assertThat(post.status()).isEqualTo(405);
    assertThat(post.headers()).contains(new EndpointResponse.Header("Allow", "GET, HEAD"));
    assertThat(endpoint.handle(request("GET", "/drain/x", null)).status()).isEqualTo(404);
    assertThat(lifecycle.isLeaving()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void beginsTheShutdownFromLoopbackAndAnswersAtOnceEachTime(String method) {
    Endpoint endpoint = PreStopEndpoint.fromLoopback(shutdown);
    EndpointResponse response = endpoint.handle(request(method, "/prestop", "127.0.0.1"));
    assertThat(response.status()).isEqualTo(202);
    assertThat(body(response)).startsWith("{\"state\":");
    await().until(lifecycle::isLeaving);
    assertThat(endpoint.handle(request(method, "/prestop", "::1")).status()).isEqualTo(202);
    await().until(() -> shutdown.progress().phase() == Phase.ANNOUNCE);
    assertThat(shutdown.progress().reason()).isEqualTo("preStop");
    shutdown.hurry();
  }

  @Test
  void beginsTheShutdownForTheTokenWhereverItComesFrom() {
    Endpoint endpoint = PreStopEndpoint.withToken(shutdown, TOKEN);
    EndpointResponse response =
        endpoint.handle(request("GET", "/prestop", "10.0.0.1", "Authorization", "Bearer " + TOKEN));
    assertThat(response.status()).isEqualTo(202);
    await().until(lifecycle::isLeaving);
    shutdown.hurry();
  }

  @Test
  void doesNothingForAnybodyElse() {
    Endpoint loopback = PreStopEndpoint.fromLoopback(shutdown);
    refuses(loopback, request("POST", "/prestop", "10.0.0.1"));
    refuses(loopback, request("POST", "/prestop", null));
    refuses(loopback, request("POST", "/prestop", "10.0.0.1", "X-Forwarded-For", "127.0.0.1"));
    refuses(loopback, request("GET", "/prestop", "10.0.0.1", "Authorization", "Bearer " + TOKEN));

    Endpoint token = PreStopEndpoint.withToken(shutdown, TOKEN);
    refuses(token, request("GET", "/prestop", "127.0.0.1"));
    refuses(token, request("GET", "/prestop", "127.0.0.1", "Authorization", "Bearer"));
    refuses(token, request("GET", "/prestop", "127.0.0.1", "Authorization", "Bearer "));
    refuses(token, request("GET", "/prestop", "127.0.0.1", "Authorization", TOKEN));
    refuses(token, request("GET", "/prestop", "127.0.0.1", "Authorization", "Basic " + TOKEN));
    refuses(
        token, request("GET", "/prestop", "127.0.0.1", "Authorization", "Bearer " + TOKEN + "0"));
    assertThat(shutdown.claim()).isTrue(); // nobody has begun it
    assertThat(lifecycle.isLeaving()).isFalse();
  }

  // On loopback, but somebody else stands behind it: a proxy's client, or a page in a browser.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Forwarded",
        "X-Forwarded-For",
        "X-Real-IP",
        "Via",
        "Origin",
        "Referer",
        "Sec-Fetch-Site"
      })
  void refusesAnybodyWhoComesThroughAProxyOrABrowser(String mark) {
    refuses(
        PreStopEndpoint.fromLoopback(shutdown),
        request("POST", "/prestop", "127.0.0.1", mark, "x"));
    assertThat(shutdown.claim()).isTrue();
  }

  @Test
  void preStopKnowsItsMethodsAndItsPath() {
    Endpoint endpoint = PreStopEndpoint.fromLoopback(shutdown);
    for (String method : new String[] {"HEAD", "PUT", "OPTIONS"}) {
      EndpointResponse response = endpoint.handle(request(method, "/prestop", "127.0.0.1"));
      assertThat(response.status()).isEqualTo(405);
      assertThat(response.headers()).contains(new EndpointResponse.Header("Allow", "GET, POST"));
    }
    assertThat(endpoint.handle(request("POST", "/", "127.0.0.1")).status()).isEqualTo(404);
    assertThat(shutdown.claim()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.1.2.3",
        "::1",
        "0:0:0:0:0:0:0:1",
        "[::1]",
        "::1%lo",
        "::ffff:127.0.0.1",
        "::FFFF:127.0.0.1",
        "[::ffff:127.0.0.1]"
      })
  void knowsLoopback(String address) {
    assertThat(PreStopEndpoint.isLoopback(address)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "128.0.0.1",
        "10.0.0.1",
        "::2",
        "127.0.0.1.evil.example",
        "localhost",
        "1270.0.0.1",
        "0.0.0.0",
        "::ffff:10.0.0.1",
        "["
      })
  void knowsWhatIsNotLoopback(String address) {
    assertThat(PreStopEndpoint.isLoopback(address)).isFalse();
  }

  @Test
  void refusesATokenThatCanBeGuessed() {
    assertThatThrownBy(() -> PreStopEndpoint.withToken(shutdown, " short "))
        .hasMessage("token: of 5 characters (expected: >= 16)");
  }
}
