package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.zdd.testing.CapturedLog;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real server, which does what {@code answer} says; and a raw one for what no server does. */
class HttpFlagSourceTest {
  private static final String ON = document("100");
  private static final String OFF = document("0");

  @TempDir Path dir;
  private final AtomicLong clock = new AtomicLong();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<String> tagsSent = new CopyOnWriteArrayList<>();
  private final AtomicInteger requests = new AtomicInteger();
  private volatile HttpHandler answer = exchange -> send(exchange, 500, "");
  private CapturedLog log;
  private HttpServer server;

  @BeforeEach
  void open() throws IOException {
    log = new CapturedLog();
    server = serve(HttpServer.create(address(), 0));
  }

  @AfterEach
  void close() throws Exception {
    log.close();
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  @Test
  void aDocumentIsInForceWhenTheFlagsAreMade() {
    answer = exchange -> send(exchange, 200, ON);
    Flags flags = flags(source());
    assertThat(flags.flag("f").isEnabled("alice")).isTrue();
    assertThat(flags.status().problem()).isNull();
    assertThat(log.lines())
        .singleElement()
        .asString()
        .contains("INFO", "http http://localhost:" + server.getAddress().getPort() + "/flags.json")
        .contains("1 flags")
        .doesNotContain("secret");
  }

  @Test
  void anUnchangedDocumentIsNotSentAgainAndRenewsTheAge() {
    AtomicInteger unmodified = new AtomicInteger();
    answer =
        exchange -> {
          exchange.getResponseHeaders().set("ETag", "W/\"a\"");
          if ("W/\"a\"".equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
            unmodified.incrementAndGet();
            exchange.sendResponseHeaders(304, -1);
            exchange.close();
          } else {
            send(exchange, 200, ON);
          }
        };
    Flags flags = flags(source());
    clock.addAndGet(Duration.ofSeconds(90).toNanos());
    await().until(() -> flags.status().age().isZero());
    assertThat(unmodified).hasPositiveValue();
    assertThat(flags.status().failures()).isZero();
    assertThat(log.linesWith("snapshot ")).hasSize(1);
  }

  @Test
  void aChangeIsSeenAlsoWithoutEntityTagsAndTheSameIsNotPushedAgain() {
    answer = exchange -> send(exchange, 200, OFF);
    Flags flags = flags(source());
    await().until(() -> requests.get() > 2);
    assertThat(log.linesWith("snapshot ")).hasSize(1);
    assertThat(tagsSent).containsOnly("none");

    answer = exchange -> send(exchange, 200, ON);
    await().until(() -> flags.flag("f").isEnabled("alice"));
    assertThat(flags.status().problem()).isNull();
  }

  @Test
  void a304ThatNobodyAskedForConfirmsNothing() {
    answer =
        exchange -> {
          exchange.sendResponseHeaders(304, -1);
          exchange.close();
        };
    assertThat(flags(source()).status().problem()).isEqualTo("status 304 (expected: 200 or 304)");
  }

  // Its tag would have the server confirm it by a 304.
  @Test
  void aBadDocumentIsRefusedWholeAndItsTagNeverSent() {
    answer = exchange -> tagged(exchange, "\"good\"", ON);
    Flags flags = flags(source());
    answer = exchange -> tagged(exchange, "\"bad\"", ON.replace("percentage", "percentge"));
    await().until(() -> flags.status().failures() > 2);
    clock.addAndGet(Duration.ofSeconds(90).toNanos());

    assertThat(flags.status().problem()).contains("line 1, column ", "percentge");
    assertThat(flags.flag("f").isEnabled("alice")).isTrue();
    assertThat(flags.flag("f").explain("alice").age()).isEqualTo(Duration.ofSeconds(90));
    assertThat(tagsSent).contains("\"good\"").doesNotContain("\"bad\"");
    assertThat(log.linesWith("WARN")).hasSize(1);
  }

  @Test
  void aTagThatCouldNotBeSentBackIsLeftOut() {
    answer = exchange -> tagged(exchange, "good", ON);
    Flags flags = flags(source());
    await().until(() -> requests.get() > 2);
    assertThat(tagsSent).containsOnly("none");
    assertThat(flags.status().problem()).isNull();
  }

  @Test
  void anotherStatusIsAProblemAndTheLastGoodFlagsServeOn() {
    answer = exchange -> send(exchange, 200, ON);
    Flags flags = flags(source());
    for (int status : new int[] {500, 404, 429, 206}) {
      answer = exchange -> send(exchange, status, OFF);
      problem(flags, "status " + status + " (expected: 200 or 304)");
      assertThat(flags.flag("f").isEnabled("alice")).isTrue();
    }
    await().until(() -> log.linesWith("WARN").size() == 4); // the last comes after its problem

    answer = exchange -> send(exchange, 200, ON);
    await().until(() -> flags.status().problem() == null);
  }

  // Without it there would be one after 80 to 120 ms.
  @Test
  void theServerIsNotAskedBeforeTheEndOfItsRetryAfter() {
    answer =
        exchange -> {
          exchange.getResponseHeaders().set("Retry-After", "60");
          send(exchange, 429, "");
        };
    flags(source());
    await().during(500, MILLISECONDS).until(() -> requests.get() == 1);
  }

  @Test
  void anEncodingThatNobodyAskedForIsRefused() {
    answer =
        exchange -> {
          exchange.getResponseHeaders().set("Content-Encoding", "gzip");
          send(exchange, 200, ON);
        };
    assertThat(flags(source()).status().problem())
        .isEqualTo("Content-Encoding: \"gzip\" (expected: none, as none was asked for)");
  }

  @Test
  void aDocumentJustAtTheLimitIsReadAndOneJustOverItIsRefused() {
    String at = ON + " ".repeat(1024 - ON.length());
    answer = exchange -> send(exchange, 200, at);
    Flags flags = flags(builder().maxBytes(1024).build());
    assertThat(flags.status().problem()).isNull();
    answer = exchange -> send(exchange, 200, at + " ");
    problem(flags, "no answer: IOException: more than 1024 bytes (expected: <= 1024)");
  }

  @Test
  void anEndlessDocumentIsHungUpOn() throws IOException {
    RawServer endless =
        raw(connection -> {
          connection.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(UTF_8));
          while (true) {
            connection.getOutputStream().write(new byte[1024]);
          }
        });
    Flags flags = flags(builder(endless.uri()).maxBytes(4096).build());
    assertThat(flags.status().problem()).contains("more than 4096 bytes");
    await().until(() -> endless.hangUps.get() > 0);
  }

  @Test
  void aServerThatHangsIsGivenUpAtTheTimeout() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    opened.add(end::countDown);
    RawServer hanging = raw(connection -> end.await());
    Flags flags = flags(builder(hanging.uri()).timeout(Duration.ofMillis(200)).build());
    // The first may have had to wait 0.2 s for its connection, on a machine that stands still.
    problem(flags, "no whole answer within PT0.2S");
    await().until(() -> hanging.connections.get() > 1);
  }

  @Test
  void aServerThatDripsIsGivenUpAtTheTimeoutAndHungUpOn() throws Exception {
    RawServer dripping =
        raw(connection -> {
          OutputStream out = connection.getOutputStream();
          out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".getBytes(UTF_8));
          CountDownLatch never = new CountDownLatch(1);
          while (!never.await(10, MILLISECONDS)) {
            out.write(' ');
          }
        });
    Flags flags = flags(builder(dripping.uri()).timeout(Duration.ofMillis(300)).build());
    problem(flags, "no whole answer within PT0.3S");
    await().until(() -> dripping.hangUps.get() > 0);
  }

  @Test
  void anAnswerThatBreaksOffIsRefused() throws Exception {
    RawServer half = raw(connection -> answer(connection, ON.length(), ON.substring(0, 20)));
    assertThat(flags(source(half)).status().problem()).startsWith("no answer: ").contains(": 20");

    RawServer withoutLength = raw(connection -> answer(connection, -1, ON.substring(0, 20)));
    assertThat(flags(source(withoutLength)).status().problem()).contains("half-written?");

    RawServer tooShort = raw(connection -> answer(connection, 20, ON));
    assertThat(flags(source(tooShort)).status().problem()).contains("half-written?");
  }

  @Test
  void whatIsNoHttpOrNoServerIsAProblem() throws Exception {
    RawServer ssh = raw(c -> c.getOutputStream().write("SSH-2.0-OpenSSH_9\r\n".getBytes(UTF_8)));
    assertThat(flags(source(ssh)).status().problem()).startsWith("no answer: ");
    ssh.close();
    assertThat(flags(source(ssh)).status().problem()).startsWith("no answer: ConnectException");
  }

  @Test
  void closeDoesNotWaitForARequestThatHangs() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    opened.add(end::countDown);
    AtomicInteger served = new AtomicInteger();
    RawServer hanging =
        raw(connection -> {
          if (served.getAndIncrement() == 0) {
            answer(connection, ON.length(), ON);
          } else {
            end.await();
          }
        });
    HttpFlagSource source = builder(hanging.uri()).timeout(Duration.ofMinutes(1)).build();
    Flags flags = flags(source);
    await().until(() -> served.get() == 2);
    List<Thread> threads = threads();
    assertThat(threads).singleElement().satisfies(t -> assertThat(t.isDaemon()).isTrue());

    CloseInTime.of(source, threads.get(0));
    assertThat(flags.flag("f").isEnabled("alice")).isTrue();
    assertThat(log.linesWith("WARN")).as("its own end is no problem").isEmpty();
  }

  @Test
  void closeEndsAStartThatHangs() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    opened.add(end::countDown);
    RawServer hanging = raw(connection -> end.await());
    HttpFlagSource source = builder(hanging.uri()).timeout(Duration.ofMinutes(1)).build();
    Thread starter = new Thread(() -> source.start(snapshot -> {}));
    starter.start();
    await().until(() -> hanging.connections.get() == 1);
    source.close();
    starter.join(5_000);
    assertThat(starter.isAlive()).isFalse();
  }

  @Test
  void headersAreAskedForBeforeEachRequestAndNeverLogged() {
    List<String> seen = new CopyOnWriteArrayList<>();
    answer =
        exchange -> {
          seen.add(exchange.getRequestHeaders().getFirst("Authorization"));
          send(exchange, 200, ON);
        };
    AtomicInteger token = new AtomicInteger();
    Flags flags =
        flags(
            builder()
                .headers(() ->
                    switch (token.incrementAndGet()) {
                      case 1, 2 -> Map.of("Authorization", "Bearer secret" + token);
                      case 3 -> throw new IllegalStateException("vault is sealed");
                      default -> Map.of("Authorization", "secret\r\nX: y");
                    })
                .build());
    problem(flags, "headers: \"Authorization\" (expected: one that may be sent)");
    assertThat(seen).containsExactly("Bearer secret1", "Bearer secret2");
    assertThat(log.linesWith("vault is sealed")).isNotEmpty();
    assertThat(log.linesWith("secret")).isEmpty();
  }

  @Test
  void aRedirectIsFollowedAndTheHeadersStayWithTheirHostAndPort() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    HttpServer other = serve(HttpServer.create(address(), 0));
    String elsewhere = "http://localhost:" + other.getAddress().getPort() + "/other";
    answer =
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          seen.add(path + " " + exchange.getRequestHeaders().getFirst("Authorization"));
          if (path.equals("/other")) {
            send(exchange, 200, ON);
          } else {
            redirect(exchange, path.equals("/flags.json") ? "/second" : elsewhere);
          }
        };
    Flags flags =
        flags(
            builder()
                .pollInterval(Duration.ofHours(1))
                .headers(() -> Map.of("Authorization", "Bearer secret"))
                .build());
    assertThat(flags.status().problem()).isNull();
    assertThat(seen)
        .containsExactly("/flags.json Bearer secret", "/second Bearer secret", "/other null");
  }

  @Test
  void aRedirectInACircleOrToSomethingElseIsRefused() {
    answer = exchange -> redirect(exchange, "/flags.json");
    Flags once = flags(builder().pollInterval(Duration.ofHours(1)).build());
    assertThat(once.status().problem()).isEqualTo("more than 5 redirects");
    assertThat(requests).hasValue(6);
    Flags flags = flags(source());
    answer = exchange -> redirect(exchange, "ftp://localhost/flags.json?secret");
    problem(flags, "a redirect to ftp://localhost/flags.json (expected: http or https)");
    answer = exchange -> redirect(exchange, "http://[");
    problem(flags, "a redirect to what is no address");
  }

  @Test
  void tlsTrustsWhomItIsToldToAndIsNeverLeft() throws Exception {
    SSLContext ours = sslContext();
    HttpsServer secure = HttpsServer.create(address(), 0);
    secure.setHttpsConfigurator(new HttpsConfigurator(ours));
    serve(secure);
    URI https = URI.create("https://localhost:" + secure.getAddress().getPort() + "/flags.json");
    answer =
        exchange -> {
          boolean isSecure = exchange instanceof com.sun.net.httpserver.HttpsExchange;
          if (isSecure && "Bearer secret".equals(exchange.getRequestHeaders().getFirst("Auth"))) {
            send(exchange, 200, ON);
          } else {
            redirect(exchange, https.toString());
          }
        };

    Flags untrusting = flags(patient(builder(https)).build());
    assertThat(untrusting.status().problem()).contains("no answer: ", "certification path");
    // From http to https, with the headers.
    Flags flags =
        flags(
            patient(builder())
                .sslContext(ours)
                .headers(() -> Map.of("Auth", "Bearer secret"))
                .build());
    assertThat(flags.status().problem()).isNull();
    assertThat(flags.flag("f").isEnabled("alice")).isTrue();

    String back = "http://localhost:" + server.getAddress().getPort() + "/flags.json";
    answer = exchange -> redirect(exchange, back);
    Flags led = flags(patient(builder(https)).sslContext(ours).build());
    assertThat(led.status().problem()).isEqualTo("a redirect to " + back + " (expected: https)");
  }

  @Test
  void theLastKnownGoodServesWhileTheServerIsAwayAndIsConfirmedByItsTag() {
    Path file = dir.resolve("last-known-good");
    answer = exchange -> tagged(exchange, "\"a\"", ON);
    flags(builder().lastKnownGood(file).build()).close();
    assertThat(file).exists();

    answer = exchange -> send(exchange, 500, "");
    tagsSent.clear();
    Flags flags = flags(builder().lastKnownGood(file).build());
    assertThat(flags.flag("f").isEnabled("alice")).isTrue();
    assertThat(flags.status().problem()).startsWith("status 500");
    assertThat(log.linesWith("until the server confirms it")).hasSize(1);
    answer =
        exchange -> {
          exchange.sendResponseHeaders(304, -1);
          exchange.close();
        };
    await().until(() -> flags.status().problem() == null);
    assertThat(tagsSent).containsOnly("\"a\"");
  }

  @Test
  void aLastKnownGoodOfAnotherAddressOrABrokenOneIsIgnored() throws IOException {
    Path file = dir.resolve("last-known-good");
    answer = exchange -> send(exchange, 200, ON);
    flags(builder().lastKnownGood(file).build()).close();

    answer = exchange -> send(exchange, 500, "");
    URI other = URI.create(uri().toString().replace("secret", "another"));
    Flags flags = flags(builder(other).lastKnownGood(file).build());
    assertThat(flags.flag("f").explain("alice").reason()).isEqualTo(Reason.DEFAULT);
    assertThat(log.linesWith("last known good ignored: ")).hasSize(1);
    Files.writeString(file, "zdd");
    flags(builder().lastKnownGood(file).build());
    assertThat(log.linesWith("last known good ignored: ")).hasSize(2);
  }

  @Test
  void servesOneFlagsAndNoneAfterItsClose() {
    answer = exchange -> send(exchange, 200, ON);
    HttpFlagSource source = source();
    flags(source);
    assertThatIllegalStateException()
        .isThrownBy(() -> source.start(snapshot -> {}))
        .withMessageContaining("is started already (expected: one Flags for it)");
    HttpFlagSource closed = source();
    closed.close();
    assertThatIllegalStateException().isThrownBy(() -> closed.start(snapshot -> {}));
  }

  @Test
  void refusesSettingsOutOfBoundsAndAddressesOfNoServer() {
    refused(
        "uri: file:… (expected: http or https, and a host)",
        () -> HttpFlagSource.of(URI.create("file:///etc/flags.json")));
    refused(
        "uri: http://h/ with credentials (expected: them in headers)",
        () -> HttpFlagSource.of(URI.create("http://alice:secret@h/")));
    refused(
        "pollInterval: PT0S (expected: PT0.05S to PT1H)",
        () -> builder().pollInterval(Duration.ZERO).build());
    refused(
        "timeout: PT2M (expected: PT0.01S to PT1M)",
        () -> builder().timeout(Duration.ofMinutes(2)).build());
    refused(
        "connectTimeout: PT6S (expected: PT0.01S to PT5S)",
        () -> builder().connectTimeout(Duration.ofSeconds(6)).build());
    refused("maxBytes: 7 (expected: 1024 to 268435456)", () -> builder().maxBytes(7).build());
  }

  private static void refused(String message, Runnable building) {
    assertThatIllegalArgumentException().isThrownBy(building::run).withMessage(message);
  }

  private static void problem(Flags flags, String expected) {
    await()
        .atMost(10, SECONDS)
        .untilAsserted(() -> assertThat(flags.status().problem()).isEqualTo(expected));
  }

  private static InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private <S extends HttpServer> S serve(S made) {
    made.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          String tag = exchange.getRequestHeaders().getFirst("If-None-Match");
          tagsSent.add(tag == null ? "none" : tag);
          answer.handle(exchange);
        });
    made.start();
    opened.add(() -> made.stop(0));
    return made;
  }

  private RawServer raw(RawServer.Conduct conduct) throws IOException {
    RawServer raw = new RawServer(conduct);
    opened.add(raw);
    return raw;
  }

  private URI uri() {
    return URI.create(
        "http://localhost:" + server.getAddress().getPort() + "/flags.json?token=secret");
  }

  private HttpFlagSource source() {
    return builder().build();
  }

  private HttpFlagSource source(RawServer raw) {
    return builder(raw.uri()).build();
  }

  private HttpFlagSource.Builder builder() {
    return builder(uri());
  }

  private HttpFlagSource.Builder builder(URI uri) {
    return HttpFlagSource.builder(uri).pollInterval(Duration.ofMillis(50)).ticker(clock::get);
  }

  // TLS takes seconds the first time, on a machine that has other things to do.
  private static HttpFlagSource.Builder patient(HttpFlagSource.Builder builder) {
    Duration enough = Duration.ofSeconds(30);
    return builder.timeout(enough).connectTimeout(enough).pollInterval(Duration.ofHours(1));
  }

  private Flags flags(HttpFlagSource source) {
    Flags flags = Flags.of(source);
    opened.add(0, flags);
    return flags;
  }

  private SSLContext sslContext() throws Exception {
    Path store = dir.resolve("keys");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-keyalg",
                "EC",
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor(60, SECONDS)).isTrue();
    char[] password = "changeit".toCharArray();
    KeyStore keys = KeyStore.getInstance(store.toFile(), password);
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, password);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ours", keys.getCertificate("mykey"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static void tagged(HttpExchange exchange, String tag, String body) throws IOException {
    exchange.getResponseHeaders().set("ETag", tag);
    send(exchange, 200, body);
  }

  private static void redirect(HttpExchange exchange, String location) throws IOException {
    exchange.getResponseHeaders().set("Location", location);
    send(exchange, 302, "moved");
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }

  private static void answer(Socket connection, int length, String body) throws IOException {
    String head =
        "HTTP/1.1 200 OK\r\nConnection: close\r\n"
            + (length < 0 ? "" : "Content-Length: " + length + "\r\n")
            + "\r\n";
    connection.getOutputStream().write((head + body).getBytes(UTF_8));
  }

  private static String document(String percentage) {
    return "{\"flags\": {\"f\": {\"enabled\": true, \"percentage\": \"" + percentage + "\"}}}";
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("zdd-flags-http"))
        .toList();
  }
}
