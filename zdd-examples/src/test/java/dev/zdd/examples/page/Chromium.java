package dev.zdd.examples.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * A headless Chromium, driven by its own protocol (DevTools, over a WebSocket). A driver that does
 * the same would bring a Node.js of its own along.
 */
final class Chromium implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<Map<String, Object>>> answers =
      new ConcurrentHashMap<>();
  private final Map<String, BiConsumer<String, Map<String, Object>>> tabs =
      new ConcurrentHashMap<>();

  private Chromium(Process process, URI address) throws Exception {
    this.process = process;
    this.socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(address, new Listener())
            .get(30, TimeUnit.SECONDS);
  }

  /** Skips on a developer's machine; in CI a missing browser is a failure, not a green build. */
  static Chromium start(Path directory) throws Exception {
    List<Path> found =
        NAMES.stream()
            .flatMap(name ->
                Stream.of(System.getenv("PATH").split(":")).map(path -> Path.of(path, name)))
            .filter(Files::isExecutable)
            .toList();
    if ("true".equals(System.getenv("CI"))) {
      assertThat(found).as("chromium is installed (CI=true)").isNotEmpty();
    }
    assumeTrue(!found.isEmpty(), "chromium is not installed");
    List<String> command = new ArrayList<>();
    command.add(found.get(0).toString());
    command.addAll(
        List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            // Names that are not this machine's own, for what browsers do with those alone.
            "--host-resolver-rules=MAP *.test 127.0.0.1",
            "--remote-debugging-port=0",
            "--user-data-dir=" + directory.resolve("chromium"),
            "about:blank"));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Process process = builder.start();
    try {
      return new Chromium(process, address(process));
    } catch (Exception | Error e) {
      end(process);
      throw e;
    }
  }

  /** Where it listens, as it says itself; what it says later is read and dropped. */
  private static URI address(Process process) throws Exception {
    CompletableFuture<URI> address = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              StringBuilder said = new StringBuilder();
              try (BufferedReader lines =
                  new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                  said.append(line).append('\n');
                  if (line.startsWith("DevTools listening on ")) {
                    address.complete(URI.create(line.substring(22).strip()));
                  }
                }
              } catch (IOException e) {
                address.completeExceptionally(e);
              }
              address.completeExceptionally(new IllegalStateException("it ended: " + said));
            },
            "chromium-output");
    reader.setDaemon(true);
    reader.start();
    return address.get(60, TimeUnit.SECONDS);
  }

  /** An empty tab. */
  Tab tab() throws Exception {
    Map<String, Object> target =
        send("", "Target.createTarget", Map.of("url", "about:blank", "newWindow", true));
    Map<String, Object> attached =
        send(
            "",
            "Target.attachToTarget",
            Map.of("targetId", target.get("targetId"), "flatten", true));
    return new Tab(this, attached.get("sessionId").toString());
  }

  /** Tells {@code listener} of the events of a session, on the socket's thread. */
  void onEvent(String session, BiConsumer<String, Map<String, Object>> listener) {
    tabs.put(session, listener);
  }

  /** One command, and its result. */
  Map<String, Object> send(String session, String method, Map<String, ?> params) throws Exception {
    int id = ids.incrementAndGet();
    CompletableFuture<Map<String, Object>> answer = new CompletableFuture<>();
    answers.put(id, answer);
    Map<String, Object> command =
        session.isEmpty()
            ? Map.of("id", id, "method", method, "params", params)
            : Map.of("id", id, "method", method, "params", params, "sessionId", session);
    synchronized (socket) {
      socket.sendText(Json.write(command), true).get(30, TimeUnit.SECONDS);
    }
    Map<String, Object> got = answer.get(60, TimeUnit.SECONDS);
    assertThat(got).as(method).doesNotContainKey("error");
    return object(got, "result");
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Map<String, Object> from, String name) {
    return (Map<String, Object>) from.getOrDefault(name, Map.of());
  }

  @Override
  public void close() throws Exception {
    try {
      send("", "Browser.close", Map.of());
    } finally {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        end(process);
      }
    }
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      message.append(part);
      if (last) {
        String whole = message.toString();
        message.setLength(0);
        take(whole);
      }
      from.request(1);
      return CompletableFuture.completedFuture(null);
    }

    private void take(String whole) {
      try {
        Map<String, Object> got = Json.read(whole);
        if (got.get("id") instanceof Double id) {
          answers.remove(id.intValue()).complete(got);
        } else {
          String session = String.valueOf(got.get("sessionId"));
          String method = String.valueOf(got.get("method"));
          tabs.getOrDefault(session, (name, event) -> {}).accept(method, object(got, "params"));
        }
      } catch (IOException e) {
        answers.values().forEach(each -> each.completeExceptionally(e));
      }
    }
  }
}
