package dev.zdd.examples.kubelet;

import static org.awaitility.Awaitility.await;

import dev.zdd.examples.MisbehavingServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A container whose answers are given: the next of a path's queue, or what the path says always.
 */
final class ScriptedPod implements AutoCloseable {
  private final Map<String, Queue<Integer>> next = new ConcurrentHashMap<>();
  private final Map<String, Integer> always = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
  private final MisbehavingServer server =
      new MisbehavingServer((request, socket, out) -> {
        String path = request.split(" ", 3)[1];
        asked(path).incrementAndGet();
        Integer status = next.computeIfAbsent(path, p -> new ConcurrentLinkedQueue<>()).poll();
        int answer = status == null ? always.getOrDefault(path, 200) : status;
        out.write(
            ("HTTP/1.1 " + answer + " X\r\nContent-Length: 0\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        socket.close();
      });

  ScriptedPod() throws IOException {}

  int port() {
    return server.uri().getPort();
  }

  /** Answers so from now on. */
  void says(String path, int status) {
    always.put(path, status);
  }

  /** Answers so once each, before what it says always. */
  void saysNext(String path, int... statuses) {
    Queue<Integer> queue = next.computeIfAbsent(path, p -> new ConcurrentLinkedQueue<>());
    for (int status : statuses) {
      queue.add(status);
    }
  }

  int timesAsked(String path) {
    return asked(path).get();
  }

  void awaitAsked(String path, int more) {
    int goal = timesAsked(path) + more;
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(2))
        .until(() -> timesAsked(path) >= goal);
  }

  private AtomicInteger asked(String path) {
    return asked.computeIfAbsent(path, p -> new AtomicInteger());
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
