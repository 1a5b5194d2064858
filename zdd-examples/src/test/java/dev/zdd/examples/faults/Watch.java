package dev.zdd.examples.faults;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Asks paths every 20 ms over HTTP, and remembers every answer. */
final class Watch implements AutoCloseable {
  private static final int PERIOD_MILLIS = 20;

  /** An answer: 0 if there was none. Asked at this {@link System#nanoTime}, and took so long. */
  record Answer(String path, int status, long asked, long nanos) {}

  private final HttpClient client = HttpClient.newHttpClient();
  private final String base;
  private final ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService prober;

  Watch(int port, List<String> paths) {
    base = "http://127.0.0.1:" + port;
    prober = Executors.newScheduledThreadPool(paths.size());
    for (String path : paths) {
      var unused =
          prober.scheduleAtFixedRate(() -> ask(path), 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void ask(String path) {
    long asked = System.nanoTime();
    int status = 0;
    try {
      status = get(path).statusCode();
    } catch (IOException e) {
      System.out.println(path + ": " + e); // and counts as no answer
    } catch (InterruptedException closed) {
      return;
    }
    answers.add(new Answer(path, status, asked, System.nanoTime() - asked));
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(10)).build();
    return client.send(request, BodyHandlers.ofString());
  }

  Stream<Answer> since(long start) {
    return answers.stream().filter(each -> each.asked >= start);
  }

  /** When the first answer came with this status to a question since {@code start}; null: none. */
  @Nullable Duration first(String path, int status, long start) {
    return since(start)
        .filter(each -> each.path.equals(path) && each.status == status)
        .findFirst()
        .map(each -> Duration.ofNanos(each.asked + each.nanos - start))
        .orElse(null);
  }

  /** Waits for that answer. */
  Duration awaitFirst(String path, int status, long start) {
    return await(path + " " + status)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> first(path, status, start), found -> found != null);
  }

  @Override
  public void close() {
    prober.shutdownNow();
  }
}
