package dev.zdd.examples.kubelet;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultRedirectStrategy;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.BasicHttpClientConnectionManager;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * Asks one {@code httpGet} as the kubelet's prober does (pkg/probe/http): a new connection for each
 * probe, redirects followed on the same host only, and a timeout over the whole exchange.
 */
final class HttpProber implements AutoCloseable {
  static final String USER_AGENT = "kube-probe/1.34";
  static final int MOST_BODY = 10 * 1024;

  private static final int TRIES = 3;
  private static final int MOST_REDIRECTS = 9;
  private static final RequestConfig REQUEST =
      RequestConfig.custom()
          .setMaxRedirects(MOST_REDIRECTS)
          .setCircularRedirectsAllowed(true)
          .setProtocolUpgradeEnabled(false)
          .build();

  private final ScheduledThreadPoolExecutor watchdog =
      new ScheduledThreadPoolExecutor(1, HttpProber::daemon);

  HttpProber() {
    watchdog.setRemoveOnCancelPolicy(true);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "kubelet-timeouts");
    thread.setDaemon(true);
    return thread;
  }

  /** Asks {@code base}, on the caller's thread; at most three times the timeout. */
  ProbeResult ask(URI base, String path, Duration timeout) {
    ProbeResult result = ProbeResult.DISCARDED;
    for (int i = 0; i < TRIES && result == ProbeResult.DISCARDED; i++) {
      result = once(base.resolve(path), timeout);
    }
    return result;
  }

  private ProbeResult once(URI uri, Duration timeout) {
    HttpGet request = new HttpGet(uri);
    request.setHeader(HttpHeaders.USER_AGENT, USER_AGENT);
    request.setHeader(HttpHeaders.ACCEPT, "*/*");
    request.setHeader(HttpHeaders.CONNECTION, "close");
    try (CloseableHttpClient client = client()) {
      Future<?> late = watchdog.schedule(request::cancel, timeout.toNanos(), TimeUnit.NANOSECONDS);
      try {
        // Not closed, but cut: the close of a response reads the body to its end.
        ProbeResult result = judge(client.executeOpen(null, request, null));
        request.cancel();
        return result;
      } finally {
        late.cancel(false);
      }
    } catch (IOException e) {
      return ProbeResult.FAILURE;
    } catch (RejectedExecutionException closed) {
      return ProbeResult.DISCARDED;
    }
  }

  /**
   * For one probe. Its connection is kept, to be closed with it: by a FIN, where HttpComponents
   * resets one that is not worth keeping. Only that of a redirect is not, for the next request.
   */
  private static CloseableHttpClient client() {
    var connection = new BasicHttpClientConnectionManager();
    connection.setSocketConfig(SocketConfig.custom().setSoLinger(TimeValue.ofSeconds(1)).build());
    // Longer than any probe: what ends one is the watchdog.
    connection.setConnectionConfig(
        ConnectionConfig.custom().setConnectTimeout(Timeout.ofDays(1)).build());
    return HttpClients.custom()
        .setConnectionManager(connection)
        .setConnectionReuseStrategy((request, response, context) -> response.getCode() / 100 != 3)
        .setRedirectStrategy(new SameHost())
        .setDefaultRequestConfig(REQUEST)
        .disableAutomaticRetries()
        .disableContentCompression()
        .disableCookieManagement()
        .disableAuthCaching()
        .build();
  }

  private static ProbeResult judge(ClassicHttpResponse response) {
    if (response.getEntity() != null) {
      try {
        InputStream body = response.getEntity().getContent();
        body.readNBytes(MOST_BODY);
      } catch (IOException e) {
        return ProbeResult.DISCARDED;
      }
    }
    int status = response.getCode();
    return status >= 200 && status < 400 ? ProbeResult.SUCCESS : ProbeResult.FAILURE;
  }

  @Override
  public void close() {
    watchdog.shutdownNow();
  }

  /** A redirect to another host is an answer, and a good one: 3xx is a success. */
  private static final class SameHost extends DefaultRedirectStrategy {
    @Override
    public boolean isRedirected(HttpRequest request, HttpResponse response, HttpContext context)
        throws ProtocolException {
      if (!super.isRedirected(request, response, context)) {
        return false;
      }
      try {
        String host = getLocationURI(request, response, context).getHost();
        return request.getAuthority().getHostName().equalsIgnoreCase(host);
      } catch (ProtocolException e) {
        throw e;
      } catch (HttpException e) {
        throw new ProtocolException(e.getMessage(), e);
      }
    }
  }
}
