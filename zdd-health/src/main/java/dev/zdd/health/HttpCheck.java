package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Checks another service by a {@code GET}: up if it answers with a 2xx, body included, within the
 * timeout. Needs the module {@code java.net.http}; no other class of zdd-health does.
 *
 * <p>Redirects are followed if the client does so. What is not answered in time is cancelled, so
 * that no two requests are ever under way. The {@code User-Agent} is {@value #USER_AGENT}.
 *
 * <p>Do not ask for the readiness of a service that asks for yours: a call in a circle ends, for
 * each answers from what it knows, but two that wait for each other are never ready.
 */
public final class HttpCheck implements HealthCheck {
  /** What the other service sees in its log. */
  public static final String USER_AGENT = "zdd-health";

  private final HttpClient client;
  private final HttpRequest request;

  private HttpCheck(HttpClient client, URI uri) {
    this.client = requireNonNull(client, "client");
    this.request =
        HttpRequest.newBuilder(requireNonNull(uri, "uri")).header("User-Agent", USER_AGENT).build();
  }

  /**
   * A check of what answers at {@code uri}.
   *
   * @param client the application's own: each has threads and connections
   * @throws IllegalArgumentException if {@code uri} is not an absolute http or https URI
   */
  // A module that calls this has java.net.http; one that does not must not be made to have it.
  @SuppressWarnings("exports")
  public static HealthCheck of(HttpClient client, URI uri) {
    return new HttpCheck(client, uri);
  }

  @Override
  public HealthResult check() throws Exception {
    return check(Duration.ofSeconds(CheckOptions.DEFAULT_TIMEOUT_SECONDS));
  }

  @Override
  public HealthResult check(Duration timeout) throws Exception {
    CompletableFuture<HttpResponse<Void>> reply =
        client.sendAsync(request, BodyHandlers.discarding());
    try {
      // Not the whole of the timeout, so that it is we who give up, with a reason.
      int status = reply.get(timeout.toNanos() * 9 / 10, TimeUnit.NANOSECONDS).statusCode();
      return HealthResult.upIf(status / 100 == 2, "status " + status + " (expected: 2xx)");
    } catch (TimeoutException e) {
      return HealthResult.down("no answer within " + CheckOptions.seconds(timeout));
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      reply.cancel(true); // Whatever ended the wait, an interrupt too; no effect after a reply.
    }
  }
}
