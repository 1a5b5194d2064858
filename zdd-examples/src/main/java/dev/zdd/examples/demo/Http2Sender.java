package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import java.net.URI;
import java.time.Duration;
import org.eclipse.jetty.client.BufferingResponseListener;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.StringRequestContent;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP/2 with prior knowledge by Jetty's client. It was chosen for what it does at a GOAWAY: it
 * gives the connection to no new request, and streams that are open go on (but see {@link
 * GoAwayTransport}). Apache HttpComponents 5.6 keeps handing requests to the connection for as long
 * as streams are open on it, and cancels them; the JDK's client before Java 24 cuts the streams
 * that are open.
 */
final class Http2Sender implements Sender {
  private static final Logger log = LoggerFactory.getLogger(Http2Sender.class);
  private static final int MOST_BODY_BYTES = 1 << 20;

  private final HttpClient client;

  private Http2Sender(HttpClient client) {
    this.client = client;
  }

  static Http2Sender start(Duration timeout, int streams) {
    ClientConnector connector = new ClientConnector();
    connector.setSelectors(1);
    connector.setConnectTimeout(timeout);
    QueuedThreadPool threads = new QueuedThreadPool(16);
    threads.setName("load");
    threads.setDaemon(true);
    connector.setExecutor(threads);
    HttpClient client = new HttpClient(new GoAwayTransport(new HTTP2Client(connector)));
    client.setMaxRequestsQueuedPerDestination(streams);
    client.setFollowRedirects(false);
    client.setUserAgentField(null);
    try {
      client.start();
    } catch (Exception e) {
      throw new Refusal("cannot start the HTTP/2 client: " + e.getMessage(), e);
    }
    return new Http2Sender(client);
  }

  @Override
  public Runnable send(URI base, PlannedRequest planned, Callback callback) {
    Request request = client.newRequest(base.resolve(planned.target())).method(planned.method());
    if (!planned.body().isEmpty()) {
      request.body(new StringRequestContent("application/json", planned.body()));
    }
    request.send(new Adapter(callback));
    return () -> {
      var unused = request.abort(new java.io.IOException("cancelled"));
    };
  }

  private static final class Adapter extends BufferingResponseListener {
    private final Callback callback;

    Adapter(Callback callback) {
      super(MOST_BODY_BYTES);
      this.callback = callback;
    }

    @Override
    public void onComplete(Result result) {
      if (result.isFailed()) {
        Throwable failure = result.getFailure();
        callback.failed(failure instanceof Exception e ? e : new java.io.IOException(failure));
        return;
      }
      Response response = result.getResponse();
      byte[] body = getContent();
      callback.answered(
          new Answer(
              response.getStatus(),
              header(response, "X-Shop-Instance"),
              header(response, "X-Shop-Version"),
              body == null ? new byte[0] : body));
    }

    private static String header(Response response, String name) {
      String value = response.getHeaders().get(name);
      return value == null ? "?" : value;
    }
  }

  @Override
  public void close() {
    try {
      client.stop();
    } catch (Exception e) {
      log.warn("the HTTP/2 client did not stop cleanly", e);
    }
  }
}
