package dev.zdd.examples.demo;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Future;
import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClientBuilder;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/** HTTP/1.1 by Apache HttpComponents, its retries, redirects, cookies and authentication off. */
final class Http1Sender implements Sender {
  private final CloseableHttpAsyncClient client;
  private final boolean keepAlive;

  private Http1Sender(CloseableHttpAsyncClient client, boolean keepAlive) {
    this.client = client;
    this.keepAlive = keepAlive;
  }

  static Http1Sender start(Duration timeout, int connections, boolean keepAlive) {
    Timeout limit = Timeout.of(timeout);
    HttpAsyncClientBuilder builder =
        HttpAsyncClients.custom()
            .setConnectionManager(
                PoolingAsyncClientConnectionManagerBuilder.create()
                    .setMaxConnTotal(connections)
                    .setMaxConnPerRoute(connections)
                    .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.LAX)
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(limit)
                            .setSocketTimeout(limit)
                            // We let go of an idle connection long before any balancer does: it is
                            // the roll that is measured, not the race between a client and its
                            // balancer.
                            .setIdleTimeout(Timeout.ofSeconds(5))
                            // What is chosen once for a connection (a Service of Kubernetes) gives
                            // a new instance nothing as long as the old connections last.
                            .setTimeToLive(Timeout.ofSeconds(10))
                            .build())
                    .build())
            .setIOReactorConfig(IOReactorConfig.custom().setIoThreadCount(1).build())
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setConnectionRequestTimeout(limit)
                    .setResponseTimeout(limit)
                    .build())
            .disableAutomaticRetries()
            .disableRedirectHandling()
            .disableCookieManagement()
            .disableAuthCaching();
    if (!keepAlive) {
      builder.setConnectionReuseStrategy((request, response, context) -> false);
    }
    CloseableHttpAsyncClient client = builder.build();
    client.start();
    return new Http1Sender(client, keepAlive);
  }

  @Override
  public Runnable send(URI base, PlannedRequest planned, Callback callback) {
    SimpleRequestBuilder builder =
        SimpleRequestBuilder.create(planned.method())
            .setVersion(HttpVersion.HTTP_1_1)
            .setUri(base.resolve(planned.target()));
    if (!keepAlive) {
      builder.setHeader("Connection", "close");
    }
    if (!planned.body().isEmpty()) {
      builder.setBody(planned.body(), ContentType.APPLICATION_JSON);
    }
    SimpleHttpRequest request = builder.build();
    Future<SimpleHttpResponse> answer = client.execute(request, new Adapter(callback));
    return () -> answer.cancel(true);
  }

  private record Adapter(Callback callback) implements FutureCallback<SimpleHttpResponse> {
    @Override
    public void completed(SimpleHttpResponse response) {
      byte[] body = response.getBodyBytes();
      callback.answered(
          new Answer(
              response.getCode(),
              header(response, "X-Shop-Instance"),
              header(response, "X-Shop-Version"),
              body == null ? new byte[0] : body));
    }

    @Override
    public void failed(Exception e) {
      callback.failed(e);
    }

    @Override
    public void cancelled() {
      callback.failed(new java.io.IOException("cancelled"));
    }

    private static String header(SimpleHttpResponse response, String name) {
      Header header = response.getFirstHeader(name);
      return header == null ? "?" : header.getValue();
    }
  }

  @Override
  public void close() {
    client.initiateShutdown();
    try {
      client.awaitShutdown(TimeValue.ofSeconds(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close(CloseMode.IMMEDIATE);
  }
}
