package dev.zdd.examples.shop;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The shop as a servlet: reads the body, asks the shop, writes its reply; holds no thread. */
final class ShopServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final Logger log = LoggerFactory.getLogger(ShopServlet.class);

  private final transient Shop shop;
  private final transient Map<String, String> shopHeaders;

  ShopServlet(Shop shop, Map<String, String> shopHeaders) {
    this.shop = shop;
    this.shopHeaders = shopHeaders;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    AsyncContext async = request.startAsync();
    // The shop bounds its own answers, and a client that is slow to send its body must not be cut.
    async.setTimeout(0);
    request.getInputStream().setReadListener(new Body(request.getInputStream(), async));
  }

  private void answer(AsyncContext async) {
    HttpServletRequest request = (HttpServletRequest) async.getRequest();
    String path = request.getPathInfo();
    var unused =
        shop.handle(request.getMethod(), path == null ? "/" : path, request.getQueryString())
            .thenAccept(answer -> write(answer, async));
  }

  private void write(Answer answer, AsyncContext async) {
    if (answer instanceof Reply reply) {
      write(reply, async);
    } else if (answer instanceof Chunks chunks) {
      HttpServletResponse response = (HttpServletResponse) async.getResponse();
      shopHeaders.forEach(response::setHeader);
      Chunks.HEADERS.forEach(response::setHeader);
      chunks.writeTo(new Streaming(response, async));
    }
  }

  private void write(Reply reply, AsyncContext async) {
    HttpServletResponse response = (HttpServletResponse) async.getResponse();
    try {
      response.setStatus(reply.status());
      shopHeaders.forEach(response::setHeader);
      reply.headers().forEach(response::setHeader);
      response.setContentLength(reply.body().length);
      response.getOutputStream().write(reply.body());
    } catch (IOException e) {
      log.debug("the client has gone", e);
    } finally {
      async.complete();
    }
  }

  /** A response of unknown length. */
  private record Streaming(HttpServletResponse response, AsyncContext async)
      implements Chunks.Sink {
    @Override
    public void write(byte[] chunk) throws IOException {
      response.getOutputStream().write(chunk);
      response.flushBuffer();
    }

    @Override
    public void end() {
      async.complete();
    }

    @Override
    public void broken() {
      log.debug("the client has gone");
      async.complete();
    }
  }

  /** Reads the body to its end, and drops it. Its methods are called one at a time. */
  private final class Body implements ReadListener {
    private final ServletInputStream in;
    private final AsyncContext async;
    private final byte[] chunk = new byte[4096];
    private int bytes;
    private boolean ended;

    Body(ServletInputStream in, AsyncContext async) {
      this.in = in;
      this.async = async;
    }

    @Override
    public void onDataAvailable() throws IOException {
      while (!ended && in.isReady() && !in.isFinished()) {
        int read = in.read(chunk);
        bytes += Math.max(0, read);
        if (bytes > ShopServer.MOST_BODY_BYTES) {
          ended = true;
          write(Reply.error(413, "the body is too large"), async);
        }
      }
    }

    @Override
    public void onAllDataRead() {
      if (!ended) {
        ended = true;
        answer(async);
      }
    }

    @Override
    public void onError(Throwable e) {
      log.debug("the request broke off", e);
      if (!ended) {
        ended = true;
        async.complete();
      }
    }
  }
}
